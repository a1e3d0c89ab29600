/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * where.exe. Wine's own is a stub that prints nothing and exits 0.
 *
 * Real: patterns with * and ?, $NAME:pattern, dir1;dir2:pattern, the current directory and then PATH, extensions of PATHEXT,
 * /r, /q, /f; 'not found' on stderr and exit code 1. Not there: /t.
 */
#include "common.h"

static BOOL quiet, quoted;
static int found_count;

static void show(const WCHAR *directory, const WCHAR *name)
{
    size_t size = wcslen(directory);
    found_count++;
    if (!quiet) out(quoted ? L"\"%s%s%s\"\r\n" : L"%s%s%s\r\n", directory, size && directory[size - 1] == '\\' ? L"" : L"\\", name);
}

static void match(const WCHAR *directory, const WCHAR *pattern, const WCHAR *extension)
{
    WIN32_FIND_DATAW found;
    HANDLE search;
    WCHAR *path = malloc((wcslen(directory) + wcslen(pattern) + wcslen(extension) + 2) * sizeof *path);
    _snwprintf(path, 32767, L"%s\\%s%s", directory, pattern, extension);
    search = FindFirstFileW(path, &found);
    free(path);
    if (search == INVALID_HANDLE_VALUE) return;
    do if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) show(directory, found.cFileName); while (FindNextFileW(search, &found));
    FindClose(search);
}

static void look_in(const WCHAR *directory, const WCHAR *pattern)
{
    WCHAR extensions[4096], *one, *rest;
    match(directory, pattern, L"");
    if (!GetEnvironmentVariableW(L"PATHEXT", extensions, 4096)) wcscpy(extensions, L".COM;.EXE;.BAT;.CMD");
    for (one = extensions; one && *one; one = rest) {
        if ((rest = wcschr(one, ';'))) *rest++ = 0;
        if (*one) match(directory, pattern, one);
    }
}

static void look_in_all(const WCHAR *list, const WCHAR *pattern)
{
    WCHAR *copy = _wcsdup(list), *one, *rest, full[32768];
    for (one = copy; one && *one; one = rest) {
        size_t size;
        if (*one == '"') {
            one++;
            if ((rest = wcschr(one, '"'))) { *rest++ = 0; if ((rest = wcschr(rest, ';'))) rest++; }
        } else if ((rest = wcschr(one, ';'))) {
            *rest++ = 0;
        }
        size = wcslen(one);
        if (!size || !GetFullPathNameW(one, 32768, full, NULL)) continue;
        look_in(full, pattern);
    }
    free(copy);
}

static void look_below(const WCHAR *directory, const WCHAR *pattern)
{
    WIN32_FIND_DATAW found;
    WCHAR path[32768];
    HANDLE search;
    look_in(directory, pattern);
    _snwprintf(path, 32767, L"%s\\*", directory);
    search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE) return;
    do {
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) || !wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L"..")) continue;
        _snwprintf(path, 32767, L"%s\\%s", directory, found.cFileName);
        look_below(path, pattern);
    } while (FindNextFileW(search, &found));
    FindClose(search);
}

static void look_for(WCHAR *pattern)
{
    static WCHAR list[32768];
    WCHAR *colon = wcsrchr(pattern, ':');
    if (*pattern == '$' && colon) {
        *colon++ = 0;
        if (GetEnvironmentVariableW(pattern + 1, list, 32768)) look_in_all(list, colon);
    } else if (colon) {
        *colon++ = 0;
        look_in_all(pattern, colon);
    } else {
        GetCurrentDirectoryW(32768, list);
        look_in(list, pattern);
        if (GetEnvironmentVariableW(L"PATH", list, 32768)) look_in_all(list, pattern);
    }
}

int wmain(int argc, WCHAR **argv)
{
    const WCHAR *top = NULL;
    WCHAR full[32768];
    int i, patterns = 0;

    for (i = 1; i < argc; i++) {
        WCHAR *word = argv[i];
        if (*word == '/' || *word == '-') {
            if (!_wcsicmp(word + 1, L"q")) quiet = TRUE;
            else if (!_wcsicmp(word + 1, L"f")) quoted = TRUE;
            else if (!_wcsicmp(word + 1, L"r") && i + 1 < argc) top = argv[++i];
            else { err(L"ERROR: Invalid argument or option - '%s'.\r\nType \"WHERE /?\" for usage help.\r\n", word); return 2; }
            continue;
        }
        patterns++;
        if (!top) look_for(word);
        else if (GetFullPathNameW(top, 32768, full, NULL)) look_below(full, word);
    }
    if (!patterns) { err(L"ERROR: Invalid syntax.\r\nType \"WHERE /?\" for usage help.\r\n"); return 2; }
    if (found_count) return 0;
    if (!quiet) err(L"INFO: Could not find files for the given pattern(s).\r\n");
    return 1;
}
