/* Copyright (c) 2026, The gopher.devbox authors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * curl.exe, in Windows since 10 1803, as far as it fetches one address into one file, told by a config file on standard input:
 *
 *   curl -q -K -. Real: options a line each, `name`, `name = value` or `name = "value"` with \\ and \" in it: url, output, fail, location, proto, silent,
 *   show-error, connect-timeout, speed-limit, speed-time, retry; a progress meter and messages `curl: (22) …` on standard error, and the exit codes
 *   2 (options), 3 (address), 6 (name), 7 (connection), 18 (broken off), 22 (HTTP 400 and above), 23 (file), 56 (receiving).
 *   Not there: every other option, which is refused; retries (options are read, one try is made), speed limits, and HTTPS where Wine has no TLS.
 */
#include "common.h"
#include <winhttp.h>

static int fail(int code, const WCHAR *pattern, ...)
{
    va_list arguments;
    va_start(arguments, pattern);
    err(L"\r\ncurl: (%d) %s\r\n", code, format(pattern, arguments));
    va_end(arguments);
    return code;
}

static WCHAR *wide(const char *text)
{
    int count = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *made = malloc(count * sizeof *made);
    MultiByteToWideChar(CP_UTF8, 0, text, -1, made, count);
    return made;
}

/* A value without its quotes. */
static char *value_of(char *text)
{
    char *to = text, *at = text;
    if (*text != '"') {
        while (*at && !strchr(" \t\r\n", *at)) at++;
        *at = 0;
        return text;
    }
    for (at++; *at && *at != '"'; at++) *to++ = *at == '\\' && at[1] ? *++at : *at;
    *to = 0;
    return text;
}

static const char *KNOWN[] = { "url", "output", "fail", "location", "proto", "silent", "show-error", "connect-timeout", "speed-limit", "speed-time", "retry" };

int wmain(int argc, WCHAR **argv)
{
    BOOL failing = FALSE, following = FALSE;
    const char *url = NULL, *output = NULL;
    WCHAR host[300], path[8000], user[300], password[300], message[100];
    URL_COMPONENTS parts = { sizeof parts };
    DWORD status = 0, size = sizeof status, part, error, policy, count;
    ULONGLONG total = 0, length = ~0ull;
    HINTERNET session, connection, request;
    BYTE data[65536];
    HANDLE file;
    size_t whole, i;
    char *text, *line, *following_line;

    if (argc != 4 || wcscmp(argv[1], L"-q") || wcscmp(argv[2], L"-K") || wcscmp(argv[3], L"-")) return fail(2, L"option is not supported by this stand-in");
    text = read_all(GetStdHandle(STD_INPUT_HANDLE), &whole);
    for (line = text; line && *line; line = following_line) {
        char *name = line, *end;
        following_line = strchr(line, '\n');
        if (following_line) *following_line++ = 0;
        name += strspn(name, " \t\r");
        if (!*name || *name == '#') continue;
        end = name + strcspn(name, " \t\r=:");
        line = end + strspn(end, " \t\r=:");
        *end = 0;
        for (i = 0; i < sizeof KNOWN / sizeof *KNOWN && strcmp(KNOWN[i], name); i++) ;
        if (i == sizeof KNOWN / sizeof *KNOWN) return fail(2, L"option %S: is unknown", name);
        if (!strcmp(name, "url")) url = value_of(line);
        else if (!strcmp(name, "output")) output = value_of(line);
        else if (!strcmp(name, "fail")) failing = TRUE;
        else if (!strcmp(name, "location")) following = TRUE;
    }
    if (!url || !output) return fail(2, L"no URL specified");
    parts.lpszHostName = host, parts.dwHostNameLength = 300, parts.lpszUrlPath = path, parts.dwUrlPathLength = 8000;
    parts.lpszUserName = user, parts.dwUserNameLength = 300, parts.lpszPassword = password, parts.dwPasswordLength = 300;
    if (!WinHttpCrackUrl(wide(url), 0, 0, &parts)) return fail(3, L"URL using bad/illegal format or missing URL");
    session = WinHttpOpen(L"curl/8.4.0", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    connection = WinHttpConnect(session, host, parts.nPort, 0);
    request = WinHttpOpenRequest(connection, L"GET", path, NULL, NULL, NULL, parts.nScheme == INTERNET_SCHEME_HTTPS ? WINHTTP_FLAG_SECURE : 0);
    policy = WINHTTP_DISABLE_REDIRECTS;
    if (!following) WinHttpSetOption(request, WINHTTP_OPTION_DISABLE_FEATURE, &policy, sizeof policy);
    if (*user) WinHttpSetCredentials(request, WINHTTP_AUTH_TARGET_SERVER, WINHTTP_AUTH_SCHEME_BASIC, user, password, NULL);
    if (!WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) || !WinHttpReceiveResponse(request, NULL)) {
        error = GetLastError();
        if (error == ERROR_WINHTTP_NAME_NOT_RESOLVED) return fail(6, L"Could not resolve host: %s", host);
        if (error == ERROR_WINHTTP_CANNOT_CONNECT) return fail(7, L"Failed to connect to %s port %d", host, parts.nPort);
        return fail(56, L"Failure when receiving data from the peer");
    }
    WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL, &status, &size, NULL);
    if (failing && status >= 400) return fail(22, L"The requested URL returned error: %lu", status);
    size = sizeof message;
    if (WinHttpQueryHeaders(request, WINHTTP_QUERY_CONTENT_LENGTH, NULL, message, &size, NULL)) length = _wcstoui64(message, NULL, 10);
    file = CreateFileW(wide(output), GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) return fail(23, L"Failure writing output to destination");
    err(L"  %% Total    %% Received %% Xferd  Average Speed   Time    Time     Time  Current\r\n");
    for (count = 0;; count++) {
        if (!WinHttpReadData(request, data, sizeof data, &part)) return fail(56, L"Failure when receiving data from the peer");
        if (!part) break;
        write_bytes(file, data, part);
        total += part;
    }
    CloseHandle(file);
    err(L"\r100 %I64u\r\n", total);
    if (length != ~0ull && total < length) return fail(18, L"transfer closed with %I64u bytes remaining to read", length - total);
    return 0;
}
