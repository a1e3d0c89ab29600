/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In front of Wine's cmd.exe where that differs from Windows's: while one of two ways of misbehaving is switched on that it does not have,
 * and always on a Wine that does not replace %NAME% behind the %i of a FOR (Wine 10).
 *
 * %NAME% on the command line is replaced here, before anything else looks at it, as Windows does. %NAME:...%, and names that are not in
 * the environment, are left to Wine. Differs from Windows: a %NAME% that stands in a value is replaced too, by Wine.
 * DisableCMD, in the hive of the account: says that the command prompt is disabled, exit code 1.
 * AutoRun, of the machine and then of the account, unless /d is given: runs first, in the same process, so that what it prints comes
 * first and where it goes counts. Differs from Windows: it is put in front of the command as `AutoRun & command`, so that variables it
 * sets are not seen by %NAME% on that command line.
 */
#include "common.h"
#include <sddl.h>

#define WINE L"C:\\windows\\winhost\\wine\\cmd.exe"
#define PROCESSOR L"Software\\Microsoft\\Command Processor"

static WCHAR machine_run[8192], user_run[8192];

static void hive_path(WCHAR *path, const WCHAR *key)
{
    WCHAR *sid = NULL;
    PSID own = account_sid();
    if (own) ConvertSidToStringSidW(own, &sid);
    _snwprintf(path, 600, L"%s\\%s", sid ? sid : L".DEFAULT", key);
}

static BOOL disabled(void)
{
    WCHAR path[600];
    HKEY key;
    DWORD value = 0, size = sizeof value;
    hive_path(path, L"Software\\Policies\\Microsoft\\Windows\\System");
    if (RegOpenKeyExW(HKEY_USERS, path, 0, KEY_READ, &key)) return FALSE;
    RegQueryValueExW(key, L"DisableCMD", NULL, NULL, (BYTE *)&value, &size);
    RegCloseKey(key);
    return value == 1 || value == 2;
}

/* Where the command begins that /c or /k is given; NULL when there is none. Tells whether /d and /s were there. */
static WCHAR *command_of(WCHAR *line, BOOL *plain, BOOL *strip)
{
    for (; *line; line++) {
        if (*line != '/') continue;
        switch (towlower(line[1])) {
        case 'd': *plain = TRUE; break;
        case 's': *strip = TRUE; break;
        case 'c': case 'k': case 'r': return line + 2;
        }
    }
    return NULL;
}

/* cmd's rule for the quotes around a command. */
static void unquote(WCHAR *command, BOOL strip)
{
    WCHAR *last = wcsrchr(command, '"');
    if (*command != '"' || last == command) return;
    if (!strip) {
        WCHAR *second = wcschr(command + 1, '"');
        BOOL two = second == last, special = FALSE, blank = FALSE, runs;
        WCHAR *at, name[4096] = { 0 };
        for (at = command + 1; at < second; at++) {
            if (wcschr(L"&<>()@^|", *at)) special = TRUE;
            if (*at == ' ') blank = TRUE;
        }
        wcsncpy(name, command + 1, second - command - 1 < 4095 ? second - command - 1 : 4095);
        runs = SearchPathW(NULL, name, L".exe", 0, NULL, NULL) > 0;
        if (two && !special && blank && runs) return;
    }
    memmove(last, last + 1, (wcslen(last + 1) + 1) * sizeof *last);
    memmove(command, command + 1, (wcslen(command + 1) + 1) * sizeof *command);
}

/* The line with each %NAME% replaced. A % that begins no name is kept, and the next one may begin one. */
static WCHAR *expanded(const WCHAR *line)
{
    size_t room = wcslen(line) + 40000, used = 0, size;
    WCHAR *made = malloc(room * sizeof *made), name[256];
    const WCHAR *end;
    DWORD count;
    while (*line) {
        end = *line == '%' ? wcschr(line + 1, '%') : NULL;
        count = 0;
        if (end && end > line + 1 && end - line <= 256) {
            wcsncpy(name, line + 1, end - line - 1);
            name[end - line - 1] = 0;
            count = GetEnvironmentVariableW(name, NULL, 0);
        }
        size = count ? count : 1;
        if (used + size + 1 > room) made = realloc(made, (room = (room + size) * 2) * sizeof *made);
        if (count) {
            used += GetEnvironmentVariableW(name, made + used, count);
            line = end + 1;
        } else {
            made[used++] = *line++;
        }
    }
    made[used] = 0;
    return made;
}

static int forward(WCHAR *line)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION info;
    DWORD code = 1;
    GetStartupInfoW(&startup);
    if (!CreateProcessW(WINE, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &info)) return 1;
    WaitForSingleObject(info.hProcess, INFINITE);
    GetExitCodeProcess(info.hProcess, &code);
    return (int)code;
}

int wmain(void)
{
    WCHAR *line = GetCommandLineW(), *rest = behind_program(line), *command, *made, path[600];
    BOOL plain = FALSE, strip = FALSE;

    if (disabled()) {
        err(L"The command prompt has been disabled by your administrator.\r\n\r\nPress any key to continue . . . \r\n");
        return 1;
    }
    rest = expanded(rest);
    made = calloc(wcslen(rest) + 20000, sizeof *made);
    command = command_of(rest, &plain, &strip);
    if (!plain) {
        registry_text(HKEY_LOCAL_MACHINE, PROCESSOR, L"AutoRun", machine_run, 8192);
        hive_path(path, PROCESSOR);
        registry_text(HKEY_USERS, path, L"AutoRun", user_run, 8192);
    }
    if (!command) {
        _snwprintf(made, wcslen(rest) + 19999, L"\"%s\"%s%s%s%s%s", WINE, rest, *machine_run || *user_run ? L" /k " : L"", machine_run, *machine_run && *user_run ? L" & " : L"", user_run);
        return forward(made);
    }
    if (!*machine_run && !*user_run) {
        _snwprintf(made, wcslen(rest) + 19999, L"\"%s\"%s", WINE, rest);
        return forward(made);
    }
    while (*command == ' ') command++;
    command = _wcsdup(command);
    unquote(command, strip);
    _snwprintf(made, wcslen(rest) + 19999, L"\"%s\" /d /s /c \"%s%s%s%s%s\"", WINE, machine_run, *machine_run ? L" & " : L"", user_run, *user_run ? L" & " : L"", command);
    return forward(made);
}
