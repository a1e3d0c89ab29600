/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wsl.exe. It hands its command line, its directory, its environment, its standard handles and the distros of its own account
 * (Lxss in the account's hive) to the service behind it (wsl/service.py), and exits as that says. The service reads the command line.
 * The handles are handed over as they are: nothing is copied, so bytes are exact. Those that Wine has no file behind (its own pipes)
 * are copied through a socket.
 * Differs from Windows: where no service runs, it says that WSL is not installed, and does not wait for a key.
 */
#include <winsock2.h>
#include "common.h"
#include <sddl.h>

#define PLACE L"C:\\windows\\winhost\\wsl.txt"      /* a line each: the interpreter, the launcher, the service's address */
#define LXSS L"Software\\Microsoft\\Windows\\CurrentVersion\\Lxss"
#define ABSENT L"The Windows Subsystem for Linux is not installed. You can install by running 'wsl.exe --install'.\r\n" \
               L"For more information please visit https://aka.ms/wslinstall\r\n"

typedef int (CDECL *handle_to_fd_t)(HANDLE, unsigned, int *, unsigned *);
typedef LONG (CDECL *spawnvp_t)(char *const *, int);
static handle_to_fd_t handle_to_fd;

static char **words;
static size_t count, room;

static void add_bytes(char *word)
{
    if (count + 2 > room) words = realloc(words, (room = room * 2 + 64) * sizeof *words);
    words[count++] = word;
    words[count] = NULL;
}

static void add(const WCHAR *pattern, ...)
{
    va_list arguments;
    WCHAR *text;
    char *word;
    int size;
    va_start(arguments, pattern);
    text = format(pattern, arguments);
    va_end(arguments);
    size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    word = malloc(size);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, word, size, NULL, NULL);
    free(text);
    add_bytes(word);
}

/* ---- what the service needs to know */

static DWORD number(HKEY key, const WCHAR *name, DWORD otherwise)
{
    DWORD value, size = sizeof value, type;
    return RegQueryValueExW(key, name, NULL, &type, (BYTE *)&value, &size) || type != REG_DWORD ? otherwise : value;
}

static void add_distros(const WCHAR *sid)
{
    WCHAR path[600], guid[64], text[512];
    DWORD i, size;
    HKEY all, one;
    _snwprintf(path, 600, L"%s\\%s", sid, LXSS);
    registry_text(HKEY_USERS, path, L"DefaultDistribution", text, 512);
    add(L"default=%s", text);
    if (RegOpenKeyExW(HKEY_USERS, path, 0, KEY_READ, &all)) return;
    for (i = 0; size = 64, !RegEnumKeyExW(all, i, guid, &size, NULL, NULL, NULL, NULL); i++) {
        if (RegOpenKeyExW(all, guid, 0, KEY_READ, &one)) continue;
        registry_text(all, guid, L"DistributionName", text, 512);
        if (*text)
            add(L"distro=%s|%u|%u|%u|%s", guid, number(one, L"Version", 2), number(one, L"DefaultUid", 0), number(one, L"State", 0), text);
        RegCloseKey(one);
    }
    RegCloseKey(all);
}

static void add_request(void)
{
    WCHAR text[4096], *block = GetEnvironmentStringsW(), *variable, *sid = NULL;
    PSID own = account_sid();
    add(L"line=%s", GetCommandLineW());
    GetCurrentDirectoryW(4096, text);
    add(L"directory=%s", text);
    GetModuleFileNameW(NULL, text, 4096);
    add(L"image=%s", text);
    if (own) ConvertSidToStringSidW(own, &sid);
    add(L"sid=%s", sid ? sid : L"");
    if (sid) add_distros(sid);
    for (variable = block; *variable; variable += wcslen(variable) + 1) add(L"env=%s", variable);
}

/* ---- standard handles */

/* A socket that the service will connect to. Wine hands no socket to a program on the other side. */
static SOCKET awaited(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    int size = sizeof address;
    SOCKET listening = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listening, (struct sockaddr *)&address, size) || listen(listening, 1)
        || getsockname(listening, (struct sockaddr *)&address, &size)) return INVALID_SOCKET;
    *port = ntohs(address.sin_port);
    return listening;
}

static SOCKET accepted(SOCKET listening)
{
    SOCKET near_end = accept(listening, NULL, NULL);
    closesocket(listening);
    return near_end;
}

struct copy { HANDLE handle; SOCKET listening; BOOL input; };

static DWORD WINAPI copying(void *argument)
{
    struct copy *copy = argument;
    SOCKET near_end = accepted(copy->listening);
    char *data = malloc(65536);
    DWORD done;
    int size, sent;
    if (copy->input) {
        while (ReadFile(copy->handle, data, 65536, &done, NULL) && done) {
            for (size = 0; size < (int)done; size += sent)
                if ((sent = send(near_end, data + size, done - size, 0)) <= 0) return 0;
        }
        shutdown(near_end, SD_SEND);
    } else {
        while ((size = recv(near_end, data, 65536, 0)) > 0) write_bytes(copy->handle, data, size);
    }
    return 0;
}

static HANDLE threads[3];
static DWORD outputs;

/* How the service gets at a handle: f is the number of an inherited file, s the port of a socket, n nothing. */
static void describe(WCHAR *text, HANDLE handle, BOOL input)
{
    int fd, port;
    struct copy *copy;
    HANDLE thread;
    if (!handle || handle == INVALID_HANDLE_VALUE) {
        wcscpy(text, L"n");
        return;
    }
    if (!handle_to_fd(handle, input ? FILE_READ_DATA : FILE_WRITE_DATA, &fd, NULL)) {
        _snwprintf(text, 16, L"f%d", fd);
        return;
    }
    copy = malloc(sizeof *copy);
    copy->handle = handle;
    copy->input = input;
    copy->listening = awaited(&port);
    _snwprintf(text, 16, L"s%d", port);
    thread = CreateThread(NULL, 0, copying, copy, 0, NULL);
    if (!input) threads[outputs++] = thread;
}

static char *line_of(char **at)
{
    char *line = *at, *end = strchr(line, '\n');
    if (end) *end++ = 0;
    *at = end ? end : line + strlen(line);
    return line;
}

static int absent(void)
{
    WCHAR mode[4];
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    if (GetEnvironmentVariableW(L"WSL_UTF8", mode, 4) == 1 && *mode == '1') write_text(output, ABSENT);
    else write_bytes(output, ABSENT, wcslen(ABSENT) * sizeof(WCHAR));
    return 1;
}

int wmain(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    spawnvp_t spawnvp = (spawnvp_t)(void *)GetProcAddress(ntdll, "__wine_unix_spawnvp");
    WCHAR streams[3][16];
    char *place, answer[4];
    size_t size;
    int port, got, done = 0;
    SOCKET listening, result;
    WSADATA data;
    HANDLE file = CreateFileW(PLACE, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) return absent();
    place = read_all(file, &size);
    CloseHandle(file);
    handle_to_fd = (handle_to_fd_t)(void *)GetProcAddress(ntdll, "wine_server_handle_to_fd");
    WSAStartup(MAKEWORD(2, 2), &data);
    describe(streams[0], GetStdHandle(STD_INPUT_HANDLE), TRUE);
    describe(streams[1], GetStdHandle(STD_OUTPUT_HANDLE), FALSE);
    describe(streams[2], GetStdHandle(STD_ERROR_HANDLE), FALSE);
    listening = awaited(&port);
    add_bytes(line_of(&place));
    add_bytes("-I");
    add_bytes("-S");
    add_bytes(line_of(&place));
    add_bytes(line_of(&place));
    add(L"%s,%s,%s,s%d", streams[0], streams[1], streams[2], port);
    add_request();
    if (spawnvp(words, 1)) return absent();
    result = accepted(listening);
    while (done < 4 && (got = recv(result, answer + done, 4 - done, 0)) > 0) done += got;
    if (outputs) WaitForMultipleObjects(outputs, threads, TRUE, INFINITE);
    return done < 4 ? -1 : *(int *)answer;
}
