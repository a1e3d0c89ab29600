/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * certutil.exe, as far as it carries files: -hashfile, -encode, -decode, with -f to overwrite. Wine's own is a stub.
 * Real: options with - or /, the forms of the output, refusing to overwrite, exit codes as HRESULTs. Not there: certificates.
 */
#include "common.h"
#include <wincrypt.h>

#define FAIL(hresult, text) do { out(L"CertUtil: -%s command FAILED: 0x%08x (WIN32: %u)\r\nCertUtil: %s\r\n", verb, hresult, (hresult) & 0xffff, text); return (int)(hresult); } while (0)

static const WCHAR *verb;

static char *content(const WCHAR *path, size_t *size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    char *data;
    if (file == INVALID_HANDLE_VALUE) return NULL;
    data = read_all(file, size);
    CloseHandle(file);
    return data;
}

static int hash(const WCHAR *path, const WCHAR *name)
{
    static const struct { const WCHAR *name; ALG_ID id; } KINDS[] = {
        { L"MD5", CALG_MD5 }, { L"SHA1", CALG_SHA1 }, { L"SHA256", CALG_SHA_256 }, { L"SHA384", CALG_SHA_384 }, { L"SHA512", CALG_SHA_512 },
    };
    HCRYPTPROV provider;
    HCRYPTHASH state;
    BYTE value[64];
    DWORD length = sizeof value, i, kind;
    size_t size;
    char *data;

    for (kind = 0; kind < 5 && _wcsicmp(KINDS[kind].name, name); kind++) ;
    if (kind == 5) FAIL(0xd00000bb, L"The request is not supported.");
    data = content(path, &size);
    if (!data) FAIL(0x80070002, L"The system cannot find the file specified.");
    if (!size) FAIL(0x800703ee, L"The volume for a file has been externally altered so that the opened file is no longer valid.");
    CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT);
    CryptCreateHash(provider, KINDS[kind].id, 0, 0, &state);
    CryptHashData(state, (BYTE *)data, (DWORD)size, 0);
    CryptGetHashParam(state, HP_HASHVAL, value, &length, 0);
    out(L"%s hash of %s:\r\n", KINDS[kind].name, path);
    for (i = 0; i < length; i++) out(L"%02x", value[i]);
    out(L"\r\nCertUtil: -hashfile command completed successfully.\r\n");
    return 0;
}

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *encode(const BYTE *data, size_t size, size_t *length)
{
    char *text = malloc(size * 2 + 200), *at = text + sprintf(text, "-----BEGIN CERTIFICATE-----\r\n");
    size_t i;
    int column = 0;
    for (i = 0; i < size; i += 3) {
        unsigned bits = data[i] << 16 | (i + 1 < size ? data[i + 1] << 8 : 0) | (i + 2 < size ? data[i + 2] : 0);
        *at++ = DIGITS[bits >> 18];
        *at++ = DIGITS[bits >> 12 & 63];
        *at++ = i + 1 < size ? DIGITS[bits >> 6 & 63] : '=';
        *at++ = i + 2 < size ? DIGITS[bits & 63] : '=';
        if ((column += 4) == 64 || i + 3 >= size) { *at++ = '\r'; *at++ = '\n'; column = 0; }
    }
    at += sprintf(at, "-----END CERTIFICATE-----\r\n");
    *length = at - text;
    return text;
}

static char *decode(char *text, size_t *length)
{
    char *at = strstr(text, "-----BEGIN"), *end, *data = malloc(strlen(text) + 4), *to = data;
    unsigned bits = 0, count = 0;
    if (at && (at = strchr(at, '\n'))) { if ((end = strstr(at, "-----END"))) *end = 0; }
    else at = text;
    for (; *at; at++) {
        const char *digit = strchr(DIGITS, *at);
        if (strchr("\r\n\t =", *at)) continue;
        if (!digit) return NULL;
        bits = bits << 6 | (unsigned)(digit - DIGITS);
        if ((count += 6) >= 8) *to++ = (char)(bits >> (count -= 8));
    }
    *length = to - data;
    return data;
}

int wmain(int argc, WCHAR **argv)
{
    WCHAR *words[3] = { NULL };
    BOOL force = FALSE;
    int i, count = 0;
    size_t size, length;
    char *data, *made;
    HANDLE file;

    for (i = 1; i < argc; i++) {
        if ((*argv[i] == '-' || *argv[i] == '/') && !_wcsicmp(argv[i] + 1, L"f")) force = TRUE;
        else if ((*argv[i] == '-' || *argv[i] == '/') && !verb) verb = argv[i] + 1;
        else if (count < 3) words[count++] = argv[i];
    }
    if (!verb) verb = L"dump";
    if (!_wcsicmp(verb, L"hashfile") && count) return hash(words[0], words[1] ? words[1] : L"SHA1");
    if ((_wcsicmp(verb, L"encode") && _wcsicmp(verb, L"decode")) || count != 2) FAIL(0x80070057, L"The parameter is incorrect.");
    data = content(words[0], &size);
    if (!data) FAIL(0x80070002, L"The system cannot find the file specified.");
    made = _wcsicmp(verb, L"encode") ? decode(data, &length) : encode((BYTE *)data, size, &length);
    if (!made) FAIL(0x8007000d, L"The data is invalid.");
    file = CreateFileW(words[1], GENERIC_WRITE, 0, NULL, force ? CREATE_ALWAYS : CREATE_NEW, 0, NULL);
    if (file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_FILE_EXISTS) FAIL(0x80070050, L"The file exists.");
    if (file == INVALID_HANDLE_VALUE) FAIL(0x80070005, L"Access is denied.");
    write_bytes(file, made, length);
    out(L"Input Length = %u\r\nOutput Length = %u\r\nCertUtil: -%s command completed successfully.\r\n", (unsigned)size, (unsigned)length, verb);
    return 0;
}
