/* Copyright (c) 2026, The gopher.devbox authors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * icacls.exe, which Wine lacks, as far as it saves: `icacls NAME /save FILE [/q] [/c]`. Real: the file is UTF-16 without a byte order mark,
 * the last part of the name on a line and the DACL as SDDL on the next; the closing count goes to standard output. What it tells is what
 * Wine tells of a file: rights made from its Unix mode, owner and everybody. Anything else than /save is refused.
 */
#include "common.h"
#include <aclapi.h>
#include <sddl.h>

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *name = argc > 1 ? argv[1] : NULL, *file = NULL, *last;
    PSECURITY_DESCRIPTOR descriptor;
    wchar_t *text, mark[] = L"\r\n";
    HANDLE handle;
    DWORD error;
    int i, quiet = 0;

    for (i = 2; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/save") && i + 1 < argc) file = argv[++i];
        else if (!_wcsicmp(argv[i], L"/q")) quiet = 1;
        else if (_wcsicmp(argv[i], L"/c")) name = NULL;
    }
    if (!name || !file) {
        out(L"Invalid parameter\r\n");
        return 87;
    }
    error = GetNamedSecurityInfoW((wchar_t *)name, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL, &descriptor);
    if (error) {
        out(L"%s: The system cannot find the file specified.\r\nSuccessfully processed 0 files; Failed processing 1 files\r\n", name);
        return error;
    }
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL)) return GetLastError();
    handle = CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (handle == INVALID_HANDLE_VALUE) return GetLastError();
    last = wcsrchr(name, '\\');
    last = last ? last + 1 : name;
    write_bytes(handle, last, wcslen(last) * sizeof *last);
    write_bytes(handle, mark, 2 * sizeof *mark);
    write_bytes(handle, text, wcslen(text) * sizeof *text);
    write_bytes(handle, mark, 2 * sizeof *mark);
    CloseHandle(handle);
    if (!quiet) out(L"processed file: %s\r\n", name);
    out(L"Successfully processed 1 files; Failed processing 0 files\r\n");
    return 0;
}
