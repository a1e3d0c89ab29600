/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What several of the programs need: text in and out as Windows's console programs do it, in the page of the console, or the OEM page
 * where there is none.
 */
#ifndef COMMON_H
#define COMMON_H
#include <windows.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static inline UINT output_page(void)
{
    UINT page = GetConsoleOutputCP();
    return page ? page : GetOEMCP();
}

static inline void write_bytes(HANDLE to, const void *data, size_t size)
{
    DWORD done;
    while (size && WriteFile(to, data, size > 65536 ? 65536 : (DWORD)size, &done, NULL) && done) {
        data = (const char *)data + done;
        size -= done;
    }
}

static inline void write_text(HANDLE to, const WCHAR *text)
{
    int size = WideCharToMultiByte(output_page(), 0, text, -1, NULL, 0, NULL, NULL);
    char *bytes = malloc(size ? size : 1);
    WideCharToMultiByte(output_page(), 0, text, -1, bytes, size, NULL, NULL);
    if (size) write_bytes(to, bytes, size - 1);
    free(bytes);
}

static inline WCHAR *format(const WCHAR *pattern, va_list arguments)
{
    size_t room = 32768 * 2;
    WCHAR *text = malloc(room * sizeof *text);
    _vsnwprintf(text, room - 1, pattern, arguments);
    text[room - 1] = 0;
    return text;
}

static inline void out(const WCHAR *pattern, ...)
{
    va_list arguments;
    WCHAR *text;
    va_start(arguments, pattern);
    text = format(pattern, arguments);
    va_end(arguments);
    write_text(GetStdHandle(STD_OUTPUT_HANDLE), text);
    free(text);
}

static inline void err(const WCHAR *pattern, ...)
{
    va_list arguments;
    WCHAR *text;
    va_start(arguments, pattern);
    text = format(pattern, arguments);
    va_end(arguments);
    write_text(GetStdHandle(STD_ERROR_HANDLE), text);
    free(text);
}

/* All of a file or pipe, with a zero behind it. */
static inline char *read_all(HANDLE from, size_t *size)
{
    size_t room = 65536;
    char *data = malloc(room + 2);
    DWORD done;
    *size = 0;
    while (ReadFile(from, data + *size, (DWORD)(room - *size), &done, NULL) && done) {
        *size += done;
        if (*size == room) data = realloc(data, (room *= 2) + 2);
    }
    data[*size] = data[*size + 1] = 0;
    return data;
}

/* A value of the registry as text; empty when it is not there. */
static inline void registry_text(HKEY root, const WCHAR *path, const WCHAR *name, WCHAR *text, DWORD count)
{
    HKEY key;
    DWORD size = (count - 1) * sizeof *text, type;
    memset(text, 0, count * sizeof *text);
    if (RegOpenKeyExW(root, path, 0, KEY_READ | KEY_WOW64_64KEY, &key)) return;
    if (RegQueryValueExW(key, name, NULL, &type, (BYTE *)text, &size)) *text = 0;
    RegCloseKey(key);
}

/* The SID of the account that this process belongs to: Wine's token holds it as the last entry of its default DACL (agent.c). */
static inline PSID account_sid(void)
{
    static BYTE buffer[4096];
    HANDLE token;
    DWORD size;
    TOKEN_DEFAULT_DACL *dacl = (TOKEN_DEFAULT_DACL *)buffer;
    ACCESS_ALLOWED_ACE *ace;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return NULL;
    if (!GetTokenInformation(token, TokenDefaultDacl, buffer, sizeof buffer, &size) || !dacl->DefaultDacl || !dacl->DefaultDacl->AceCount) return NULL;
    CloseHandle(token);
    if (!GetAce(dacl->DefaultDacl, dacl->DefaultDacl->AceCount - 1, (void **)&ace)) return NULL;
    return (PSID)&ace->SidStart;
}

/* The rest of a command line behind the program's name. */
static inline WCHAR *behind_program(WCHAR *line)
{
    BOOL quoted = FALSE;
    while (*line && (quoted || (*line != ' ' && *line != '\t'))) {
        if (*line == '"') quoted = !quoted;
        line++;
    }
    return line;
}
#endif
