/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reg.exe's load and unload, which Wine's does not have.
 *
 * Wine's RegLoadKey and RegSaveKey are real, but read and write Wine's text format. hivemount.py, which runs on the unix side, turns a
 * hive file into that text, and writes what differs back; it also holds what is loaded, and refuses what Windows does.
 * Not as Windows: no other machine, no log files and none replayed, no lock that other programs would see, and a key below the loaded
 * one that a program holds open does not keep it from being unloaded. Its messages are from captures and from memory.
 */
#ifndef HIVES_H
#define HIVES_H
#include "common.h"

#define HIVES L"C:\\windows\\winhost\\hives"
#define MOUNT L"C:\\windows\\winhost\\hivemount.py"
#define CORRUPT 101    /* hivemount.py's word for ERROR_BADDB, which is more than an exit code can hold */

static const WCHAR *hive_message(LONG error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND: return L"The system cannot find the file specified.";
    case ERROR_PATH_NOT_FOUND: return L"The system cannot find the path specified.";
    case ERROR_ALREADY_EXISTS:    /* Wine's word for a key that is there */
    case ERROR_ACCESS_DENIED: return L"Access is denied.";
    case ERROR_SHARING_VIOLATION: return L"The process cannot access the file because it is being used by another process.";
    case ERROR_INVALID_PARAMETER: return L"The parameter is incorrect.";
    case ERROR_PRIVILEGE_NOT_HELD: return L"A required privilege is not held by the client.";
    case CORRUPT: return L"The configuration registry database is corrupt.";
    }
    return L"Error accessing the registry.";
}

static int hive_result(LONG error)
{
    if (error) err(L"ERROR: %s\r\n", hive_message(error));
    else out(L"The operation completed successfully.\r\n");
    return error != 0;
}

static char *utf8(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *bytes = malloc(size);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, size, NULL, NULL);
    return bytes;
}

static char *unix_name(const WCHAR *path)
{
    char *(CDECL *convert)(const WCHAR *) = (void *)GetProcAddress(GetModuleHandleW(L"kernel32"), "wine_get_unix_file_name");
    return convert ? convert(path) : NULL;
}

/* hivemount.py VERB HOME KEY [FILE [TEXT]]: 0, or what it says is wrong. */
static LONG mount(const char *verb, const WCHAR *key, const WCHAR *file, const WCHAR *text)
{
    LONG (CDECL *spawn)(char *const *, int) = (void *)GetProcAddress(GetModuleHandleW(L"ntdll"), "__wine_unix_spawnvp");
    char *words[] = { "/usr/bin/python3", "-I", unix_name(MOUNT), (char *)verb, unix_name(HIVES), utf8(key), NULL, NULL, NULL };
    int count = 6;
    if (file && !(words[count++] = unix_name(file))) return ERROR_PATH_NOT_FOUND;
    if (text) words[count] = unix_name(text);
    return spawn ? spawn(words, TRUE) : ERROR_CALL_NOT_IMPLEMENTED;
}

static BOOL enable(const WCHAR *privilege)
{
    TOKEN_PRIVILEGES wish = { .PrivilegeCount = 1 };
    HANDLE token;
    if (!LookupPrivilegeValueW(NULL, privilege, &wish.Privileges[0].Luid)) return FALSE;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token)) return FALSE;
    wish.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (!AdjustTokenPrivileges(token, FALSE, &wish, 0, NULL, NULL)) return FALSE;
    return GetLastError() == ERROR_SUCCESS;
}

/* Wine leaves a filtered token its privileges: whether the group of administrators counts is what tells it from a full one. */
static BOOL may_load(void)
{
    BYTE buffer[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof buffer;
    BOOL member = FALSE;
    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, buffer, &size)) return FALSE;
    if (!CheckTokenMembership(NULL, buffer, &member) || !member) return FALSE;
    return enable(L"SeBackupPrivilege") && enable(L"SeRestorePrivilege");
}

struct hive_key { HKEY root; WCHAR name[300], full[310]; };

/* HKLM\NAME or HKU\NAME, and nothing below. */
static BOOL hive_key(const WCHAR *text, struct hive_key *key)
{
    static const struct { const WCHAR *name; const WCHAR *brief; HKEY key; } roots[] = {
        { L"HKLM\\", L"HKLM", HKEY_LOCAL_MACHINE }, { L"HKEY_LOCAL_MACHINE\\", L"HKLM", HKEY_LOCAL_MACHINE },
        { L"HKU\\", L"HKU", HKEY_USERS }, { L"HKEY_USERS\\", L"HKU", HKEY_USERS },
    };
    size_t i, length;
    for (i = 0; i < sizeof roots / sizeof *roots; i++) {
        length = wcslen(roots[i].name);
        if (_wcsnicmp(text, roots[i].name, length)) continue;
        text += length;
        if (!*text || wcslen(text) > 255 || wcschr(text, '\\')) return FALSE;
        key->root = roots[i].key;
        wcscpy(key->name, text);
        _snwprintf(key->full, 310, L"%s\\%s", roots[i].brief, text);
        return TRUE;
    }
    return FALSE;
}

static WCHAR *hive_text(void)
{
    static WCHAR path[100];
    _snwprintf(path, 100, L"%s\\%u.txt", HIVES, (unsigned)GetCurrentProcessId());
    return path;
}

static LONG load_hive(const struct hive_key *key, const WCHAR *file)
{
    WCHAR path[32768], *text = hive_text();
    DWORD attributes;
    LONG error;
    if (!GetFullPathNameW(file, 32768, path, NULL)) return GetLastError();
    attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) return GetLastError();
    if (attributes & FILE_ATTRIBUTE_DIRECTORY) return ERROR_ACCESS_DENIED;
    error = mount("load", key->full, path, text);
    if (error) return error;
    error = RegLoadKeyW(key->root, key->name, text);
    DeleteFileW(text);
    if (error) mount("forget", key->full, NULL, NULL);
    return error;
}

static LONG unload_hive(const struct hive_key *key)
{
    WCHAR *text = hive_text();
    HKEY handle;
    LONG error = mount("unload", key->full, NULL, NULL);
    if (error) return error;
    if (RegOpenKeyExW(key->root, key->name, 0, KEY_READ, &handle)) {    /* somebody deleted it */
        mount("forget", key->full, NULL, NULL);
        return ERROR_INVALID_PARAMETER;
    }
    error = RegSaveKeyW(handle, text, NULL);
    RegCloseKey(handle);
    if (!error) error = mount("store", key->full, text, NULL);
    DeleteFileW(text);
    return error ? error : RegUnLoadKeyW(key->root, key->name);
}

/* What reg.exe does with `load` and `unload`. */
static int hive_verb(int argc, WCHAR **argv)
{
    BOOL load = !_wcsicmp(argv[1], L"load");
    const WCHAR *verb = load ? L"LOAD" : L"UNLOAD";
    struct hive_key key;
    if (argc == 3 && (!wcscmp(argv[2], L"/?") || !wcscmp(argv[2], L"-?"))) {
        out(load ? L"\r\nREG LOAD KeyName FileName\r\n\r\n" : L"\r\nREG UNLOAD KeyName\r\n\r\n");
        return 0;
    }
    if (argc != (load ? 4 : 3)) {    /* /reg:32 and /reg:64 stand in the help of some versions, and are refused by all */
        err(L"ERROR: Invalid syntax.\r\nType \"REG %s /?\" for usage.\r\n", verb);
        return 1;
    }
    if (!hive_key(argv[2], &key)) {
        err(L"ERROR: Invalid key name.\r\nType \"REG %s /?\" for usage.\r\n", verb);
        return 1;
    }
    if (!may_load()) return hive_result(ERROR_PRIVILEGE_NOT_HELD);
    return hive_result(load ? load_hive(&key, argv[3]) : unload_hive(&key));
}
#endif
