/* Copyright (c) 2026, The gopher.devbox authors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tasklist.exe, which is a stub in Wine 8: tasklist [/fi "imagename eq NAME"] /fo csv [/nh]. Real: the columns, the quotes, and what is printed
 * when nothing matches. Not there: other filters and formats, which are refused; session and memory are the same for all.
 */
#include "common.h"
#include <tlhelp32.h>

int wmain(int argc, WCHAR **argv)
{
    static const WCHAR FILTER[] = L"imagename eq ";
    PROCESSENTRY32W entry = { sizeof entry };
    const WCHAR *wanted = NULL;
    BOOL csv = FALSE, plain = FALSE, any = FALSE;
    HANDLE all;
    int i;

    for (i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/nh")) plain = TRUE;
        else if (!_wcsicmp(argv[i], L"/fo") && i + 1 < argc && !_wcsicmp(argv[i + 1], L"csv")) { csv = TRUE; i++; }
        else if (!_wcsicmp(argv[i], L"/fi") && i + 1 < argc && !_wcsnicmp(argv[i + 1], FILTER, wcslen(FILTER))) wanted = argv[++i] + wcslen(FILTER);
        else csv = FALSE, i = argc;
    }
    if (!csv) { err(L"ERROR: Invalid argument/option.\r\nType \"TASKLIST /?\" for usage.\r\n"); return 1; }
    if (!plain) out(L"\"Image Name\",\"PID\",\"Session Name\",\"Session#\",\"Mem Usage\"\r\n");
    all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (Process32FirstW(all, &entry)) do {
        if (wanted && _wcsicmp(wanted, entry.szExeFile)) continue;
        any = TRUE;
        out(L"\"%s\",\"%lu\",\"Services\",\"0\",\"4,096 K\"\r\n", entry.szExeFile, entry.th32ProcessID);
    } while (Process32NextW(all, &entry));
    if (!any) out(L"INFO: No tasks are running which match the specified criteria.\r\n");
    return 0;
}
