/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What Windows's registry or reg.exe does and Wine's does not; always in front of Wine's reg.exe.
 *
 * load and unload: hives.h.
 * DisableRegistryTools, in the hive of the account: every call fails.
 * Making a key below one that this process may not write to: Wine's registry checks the access list of a key that is opened, not that
 * of the parent of one that is made. So add, copy and import ask here first; import goes on with the keys that are allowed, and exits 1.
 * A call that is held (`Prefix.hold_reg`) waits before it does anything.
 * Everything else, and what is allowed, is done by Wine's own reg.exe, which is loaded into this process: a process more would double
 * what a call costs.
 */
#include "hives.h"
#include <sddl.h>

#define WINE L"C:\\windows\\winhost\\wine\\reg.exe"

#define HOLD L"C:\\windows\\winhost\\hold"
#define HELD L"C:\\windows\\winhost\\held"

static const struct { const WCHAR *name; HKEY key; } ROOTS[] = {
    { L"HKLM", HKEY_LOCAL_MACHINE }, { L"HKEY_LOCAL_MACHINE", HKEY_LOCAL_MACHINE }, { L"HKU", HKEY_USERS }, { L"HKEY_USERS", HKEY_USERS },
    { L"HKCU", HKEY_CURRENT_USER }, { L"HKEY_CURRENT_USER", HKEY_CURRENT_USER },
};

static BOOL disabled(void)
{
    WCHAR *sid = NULL, path[600];
    PSID own = account_sid();
    HKEY key;
    DWORD value = 0, size = sizeof value;
    if (!own || !ConvertSidToStringSidW(own, &sid)) return FALSE;
    _snwprintf(path, 600, L"%s\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System", sid);
    if (RegOpenKeyExW(HKEY_USERS, path, 0, KEY_READ, &key)) return FALSE;
    RegQueryValueExW(key, L"DisableRegistryTools", NULL, NULL, (BYTE *)&value, &size);
    RegCloseKey(key);
    return value != 0;
}

/* Whether the key may be written to or, where it is not there, be made: asked of the nearest key above that is there. */
static BOOL allowed(const WCHAR *name)
{
    WCHAR *path = _wcsdup(name), *rest = wcschr(path, '\\'), *end;
    HKEY root = NULL, key;
    int i;
    LONG error;
    if (!rest) return TRUE;
    *rest++ = 0;
    for (i = 0; i < (int)(sizeof ROOTS / sizeof *ROOTS); i++) if (!_wcsicmp(path, ROOTS[i].name)) root = ROOTS[i].key;
    if (!root) return TRUE;
    for (;;) {
        error = RegOpenKeyExW(root, rest, 0, KEY_CREATE_SUB_KEY | KEY_SET_VALUE | KEY_WOW64_64KEY, &key);
        if (!error) { RegCloseKey(key); return TRUE; }
        if (error == ERROR_ACCESS_DENIED) return FALSE;
        end = wcsrchr(rest, '\\');
        if (!end) return TRUE;
        *end = 0;
    }
}

static int denied(void)
{
    err(L"ERROR: Access is denied.\r\n");
    return 1;
}

static int forward(WCHAR *rest)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION info;
    DWORD code = 1;
    size_t room = wcslen(rest) + 100;
    WCHAR *line = malloc(room * sizeof *line);
    _snwprintf(line, room, L"\"%s\"%s", WINE, rest);
    GetStartupInfoW(&startup);
    if (!CreateProcessW(WINE, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &info)) return 1;
    WaitForSingleObject(info.hProcess, INFINITE);
    GetExitCodeProcess(info.hProcess, &code);
    return (int)code;
}

/* What the loader does for a program, and not for one that it takes for a library. */
static BOOL bind_imports(BYTE *base, const IMAGE_NT_HEADERS *headers)
{
    IMAGE_IMPORT_DESCRIPTOR *library = (void *)(base + headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress);
    DWORD before;
    for (; library->Name; library++) {
        HMODULE module = LoadLibraryA((char *)base + library->Name);
        IMAGE_THUNK_DATA *names = (void *)(base + (library->OriginalFirstThunk ? library->OriginalFirstThunk : library->FirstThunk));
        IMAGE_THUNK_DATA *places = (void *)(base + library->FirstThunk);
        if (!module) return FALSE;
        for (; names->u1.AddressOfData; names++, places++) {
            const char *name = IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal) ? (char *)IMAGE_ORDINAL(names->u1.Ordinal)
                : (char *)((IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData))->Name;
            FARPROC function = GetProcAddress(module, name);
            if (!function || !VirtualProtect(places, sizeof *places, PAGE_READWRITE, &before)) return FALSE;
            places->u1.Function = (ULONG_PTR)function;
        }
    }
    return TRUE;
}

/* Run Wine's reg.exe in this process, with this command line. It is not moved to another address, so this program has one of its own
 * (tooling.py). Returns only where it cannot be done. */
static void become_wine(void)
{
    void **(WINAPI *block)(void) = (void *)GetProcAddress(GetModuleHandleW(L"ntdll"), "RtlGetCurrentPeb");
    BYTE *base = (BYTE *)LoadLibraryW(WINE);
    IMAGE_NT_HEADERS *headers;
    if (!base || !block) return;
    headers = (void *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    if ((ULONG_PTR)base != headers->OptionalHeader.ImageBase || !bind_imports(base, headers)) return;
    block()[2] = base;    /* ImageBaseAddress: its texts are found by it */
    ExitProcess(((UINT (*)(void *))(base + headers->OptionalHeader.AddressOfEntryPoint))(block()));
}

static int as_it_is(WCHAR *rest)
{
    become_wine();
    return forward(rest);
}

/* Take out the sections of a .reg file that may not be written. Tells how many. */
static int sift(WCHAR *text, WCHAR *kept)
{
    WCHAR *line = text, *end, *to = kept;
    BOOL keep = TRUE;
    int refused = 0;
    for (; *line; line = end) {
        end = wcschr(line, '\n');
        end = end ? end + 1 : line + wcslen(line);
        if (*line == '[') {
            WCHAR *name = _wcsdup(line + (line[1] == '-' ? 2 : 1)), *close;
            for (close = name; *close && *close != '\r' && *close != '\n'; close++) ;
            *close = 0;
            if ((close = wcsrchr(name, ']'))) *close = 0;
            keep = allowed(name);
            refused += !keep;
            free(name);
        }
        if (keep) { memcpy(to, line, (end - line) * sizeof *line); to += end - line; }
    }
    *to = 0;
    return refused;
}

static int import(WCHAR *rest, const WCHAR *file)
{
    HANDLE handle = CreateFileW(file, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    WCHAR *text, *kept, line[400], temp[300];
    size_t size;
    int refused;
    if (handle == INVALID_HANDLE_VALUE) return as_it_is(rest);
    text = (WCHAR *)read_all(handle, &size);
    CloseHandle(handle);
    if (size < 2 || *text != 0xfeff) return as_it_is(rest);
    kept = calloc(size / 2 + 2, sizeof *kept);
    refused = sift(text, kept);
    if (!refused) return as_it_is(rest);
    _snwprintf(temp, 300, L"C:\\windows\\winhost\\sifted-%u.reg", (unsigned)GetCurrentProcessId());
    handle = CreateFileW(temp, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    write_bytes(handle, kept, wcslen(kept) * sizeof *kept);
    CloseHandle(handle);
    _snwprintf(line, 400, L" import %s", temp);
    forward(line);
    DeleteFileW(temp);
    err(L"ERROR: Error accessing the registry.\r\n");
    return 1;
}

/* The first call with the text of the file `hold` in its command line takes that file, and waits until it is deleted. */
static void hold(const WCHAR *rest)
{
    HANDLE file = CreateFileW(HOLD, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    WCHAR text[100] = { 0 };
    size_t size, i;
    BYTE *data;
    if (file == INVALID_HANDLE_VALUE) return;
    data = (BYTE *)read_all(file, &size);
    CloseHandle(file);
    for (i = 0; i < size && i < 99; i++) text[i] = data[i];
    if (!size || !wcsstr(rest, text) || !MoveFileW(HOLD, HELD)) return;
    while (GetFileAttributesW(HELD) != INVALID_FILE_ATTRIBUTES) Sleep(10);
}

int wmain(int argc, WCHAR **argv)
{
    WCHAR *rest = behind_program(GetCommandLineW());
    hold(rest);
    if (disabled()) {
        err(L"ERROR: Registry editing has been disabled by your administrator.\r\n");
        return 1;
    }
    if (argc > 1 && (!_wcsicmp(argv[1], L"load") || !_wcsicmp(argv[1], L"unload"))) return hive_verb(argc, argv);
    if (argc > 2 && !_wcsicmp(argv[1], L"add") && !allowed(argv[2])) return denied();
    if (argc > 3 && !_wcsicmp(argv[1], L"copy") && !allowed(argv[3])) return denied();
    if (argc > 2 && !_wcsicmp(argv[1], L"import")) return import(rest, argv[2]);
    return as_it_is(rest);
}
