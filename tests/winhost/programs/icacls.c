/* Copyright (c) 2026, The gopher.devbox authors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * icacls.exe, which Wine lacks, as far as it saves and as far as it makes private:
 *
 *   icacls NAME /save FILE [/q] [/c]. Real: the file is UTF-16 without a byte order mark, the last part of the name on a line and the DACL
 *   as SDDL on the next; the closing count goes to standard output.
 *   icacls NAME /inheritance:r /grant:r *SID:F *SID:RX … Real: nothing is inherited any more, and these SIDs, in numbers, have all rights (F),
 *   or may read and run (RX); before that may stand (OI), (CI). Anything else is refused.
 *
 * Wine keeps a Unix mode in place of permissions, and knows an owner and everybody. So what everybody may read is told as inherited, as
 * of a file to which nobody gave permissions; what everybody may write has its permissions told as its own; what only its owner may
 * use is told as the owner's alone, protected. OWNER RIGHTS (S-1-3-4) is given to the owner, what Users (S-1-5-32-545) get to everybody.
 */
#include "common.h"
#include <aclapi.h>
#include <sddl.h>

static const wchar_t *last_part(const wchar_t *name)
{
    const wchar_t *last = wcsrchr(name, '\\');
    return last ? last + 1 : name;
}

/* The DACL as text. */
static wchar_t *told(PSECURITY_DESCRIPTOR descriptor, PACL dacl)
{
    static wchar_t made[4096];
    BYTE world[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof world, everybody = 0, i;
    wchar_t *text, *at, *to = made;
    PSID owner = NULL;
    BOOL defaulted;

    CreateWellKnownSid(WinWorldSid, NULL, world, &size);
    for (i = 0; dacl && i < dacl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace;
        GetAce(dacl, i, (void **)&ace);
        if (ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && EqualSid(&ace->SidStart, world)) everybody |= ace->Mask;
    }
    GetSecurityDescriptorOwner(descriptor, &owner, &defaulted);
    if (!(everybody & FILE_READ_DATA) && owner && ConvertSidToStringSidW(owner, &text)) {
        _snwprintf(made, 4095, L"D:PAI(A;;FA;;;%s)", text);
        return made;
    }
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL)) return NULL;
    if (everybody & FILE_WRITE_DATA) return text;
    for (at = text; *at && to < made + 4000; at++) {
        *to++ = *at;
        if (*at == ':' && at == text + 1) { *to++ = 'A'; *to++ = 'I'; }
        if (*at == ';' && at > text && at[-1] == 'A' && at[-2] == '(') {
            while (at[1] && at[1] != ';') *to++ = *++at;
            *to++ = 'I';
            *to++ = 'D';
        }
    }
    *to = 0;
    return made;
}

static int save(const wchar_t *name, const wchar_t *file, BOOL quiet)
{
    PSECURITY_DESCRIPTOR descriptor;
    wchar_t *text, mark[] = L"\r\n";
    PACL dacl;
    HANDLE handle;
    DWORD error = GetNamedSecurityInfoW((wchar_t *)name, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION, NULL, NULL, &dacl, NULL, &descriptor);

    if (error) {
        out(L"%s: The system cannot find the file specified.\r\nSuccessfully processed 0 files; Failed processing 1 files\r\n", name);
        return error;
    }
    text = told(descriptor, dacl);
    if (!text) return GetLastError();
    handle = CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (handle == INVALID_HANDLE_VALUE) return GetLastError();
    write_bytes(handle, last_part(name), wcslen(last_part(name)) * sizeof *name);
    write_bytes(handle, mark, 2 * sizeof *mark);
    write_bytes(handle, text, wcslen(text) * sizeof *text);
    write_bytes(handle, mark, 2 * sizeof *mark);
    CloseHandle(handle);
    if (!quiet) out(L"processed file: %s\r\n", name);
    out(L"Successfully processed 1 files; Failed processing 0 files\r\n");
    return 0;
}

/* `*SID:RIGHTS` into an entry; FALSE when it is something else. */
static BOOL entry(const wchar_t *word, PSID owner, EXPLICIT_ACCESSW *access)
{
    wchar_t text[200], *rights;
    if (*word != '*' || wcslen(word) > 190) return FALSE;
    wcscpy(text, word + 1);
    rights = wcschr(text, ':');
    if (!rights) return FALSE;
    *rights++ = 0;
    memset(access, 0, sizeof *access);
    for (; *rights == '('; rights = wcschr(rights, ')') + 1) {
        if (!_wcsnicmp(rights, L"(OI)", 4)) access->grfInheritance |= OBJECT_INHERIT_ACE;
        else if (!_wcsnicmp(rights, L"(CI)", 4)) access->grfInheritance |= CONTAINER_INHERIT_ACE;
        else return FALSE;
    }
    access->grfAccessPermissions = FILE_ALL_ACCESS;
    access->grfAccessMode = SET_ACCESS;
    access->Trustee.TrusteeForm = TRUSTEE_IS_SID;
    if (!_wcsicmp(rights, L"RX")) access->grfAccessPermissions = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
    else if (_wcsicmp(rights, L"F")) return FALSE;
    if (!wcscmp(text, L"S-1-3-4")) access->Trustee.ptstrName = (wchar_t *)owner;
    else if (!wcscmp(text, L"S-1-5-32-545")) return ConvertStringSidToSidW(L"S-1-1-0", (PSID *)&access->Trustee.ptstrName);
    else if (!ConvertStringSidToSidW(text, (PSID *)&access->Trustee.ptstrName)) return FALSE;
    return TRUE;
}

static int grant(const wchar_t *name, wchar_t **words, int count)
{
    EXPLICIT_ACCESSW access[32];
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner;
    PACL dacl;
    DWORD error = GetNamedSecurityInfoW((wchar_t *)name, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor);
    int i;

    for (i = 0; !error && i < count; i++) if (!entry(words[i], owner, access + i)) {
        out(L"Invalid parameter \"%s\"\r\n", words[i]);
        return 87;
    }
    if (!error) error = SetEntriesInAclW(count, access, NULL, &dacl);
    if (!error) {
        SECURITY_DESCRIPTOR made; /* SetNamedSecurityInfo of Wine lets files inherit, whatever it is told. */
        InitializeSecurityDescriptor(&made, SECURITY_DESCRIPTOR_REVISION);
        SetSecurityDescriptorDacl(&made, TRUE, dacl, FALSE);
        if (!SetFileSecurityW(name, DACL_SECURITY_INFORMATION, &made)) error = GetLastError();
    }
    if (error) {
        out(L"%s: %s\r\nSuccessfully processed 0 files; Failed processing 1 files\r\n", name, error == ERROR_ACCESS_DENIED ? L"Access is denied." : L"The system cannot find the file specified.");
        return error;
    }
    out(L"processed file: %s\r\nSuccessfully processed 1 files; Failed processing 0 files\r\n", name);
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *name = argc > 1 ? argv[1] : NULL, *file = NULL;
    BOOL quiet = FALSE, alone = FALSE;
    wchar_t *words[32];
    int i, count = 0;

    for (i = 2; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/save") && i + 1 < argc) file = argv[++i];
        else if (!_wcsicmp(argv[i], L"/q")) quiet = TRUE;
        else if (!_wcsicmp(argv[i], L"/inheritance:r")) alone = TRUE;
        else if (!_wcsicmp(argv[i], L"/grant:r")) while (i + 1 < argc && *argv[i + 1] != '/' && count < 32) words[count++] = argv[++i];
        else if (_wcsicmp(argv[i], L"/c")) name = NULL;
    }
    if (name && file && !count && !alone) return save(name, file, quiet);
    if (name && !file && count && alone) return grant(name, words, count);
    out(L"Invalid parameter\r\n");
    return 87;
}
