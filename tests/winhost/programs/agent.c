/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hand of prefix.py inside Wine. It stands for nothing that Windows has and no program on the host sees it.
 *
 *   agent.exe REQUESTS REPLIES        two pipes, as \\?\unix\... paths
 *   console.exe console PAGE LINE     set the pages of this console, run LINE in it, exit as it does
 *
 * It starts programs by CreateProcessW with exactly the command line, environment and directory it is told, with pipes as standard
 * handles, under a token that carries an account; and it reads and writes the registry.
 * A message is: length, id, operation (each 32 bits, little endian), body. Texts are: number of UTF-16 units, the units.
 */
#include <windows.h>
#include <sddl.h>
#include <winternl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START = 1, KILL, READ, WRITE, REMOVE_VALUE, REMOVE_KEY, MAKE_KEY, SECURE, EXITED, LOAD, SAVE, UNLOAD };
#define HELPER L"C:\\windows\\winhost\\console.exe"    /* a copy of this program: CreateProcess finds nothing outside of drives */
enum { CONSOLE = 1, FILTERED = 2 };

static HANDLE requests, replies;
static CRITICAL_SECTION lock;

/* ---- texts that come and go */

struct in { BYTE *at, *end; };

static DWORD take(struct in *in)
{
    DWORD value = 0;
    if (in->end - in->at >= 4) { memcpy(&value, in->at, 4); in->at += 4; }
    return value;
}

static void *take_bytes(struct in *in, DWORD size, DWORD zeros)
{
    BYTE *copy;
    if (size > (DWORD)(in->end - in->at)) size = in->end - in->at;
    copy = calloc(1, size + zeros);
    memcpy(copy, in->at, size);
    in->at += size;
    return copy;
}

static WCHAR *take_text(struct in *in)
{
    DWORD count = take(in);
    return take_bytes(in, count * 2, 4);
}

struct out { BYTE *data; DWORD size, room; };

static void put_bytes(struct out *out, const void *data, DWORD size)
{
    if (out->size + size > out->room) {
        out->room = (out->size + size) * 2 + 256;
        out->data = realloc(out->data, out->room);
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void put(struct out *out, DWORD value) { put_bytes(out, &value, 4); }

static void put_text(struct out *out, const WCHAR *text, DWORD count)
{
    put(out, count);
    put_bytes(out, text, count * 2);
}

static void write_all(const void *data, DWORD size)
{
    DWORD done;
    while (size && WriteFile(replies, data, size, &done, NULL)) { data = (const BYTE *)data + done; size -= done; }
}

static void reply(DWORD id, DWORD operation, const struct out *out)
{
    DWORD head[3] = { 8 + (out ? out->size : 0), id, operation };
    EnterCriticalSection(&lock);
    write_all(head, sizeof head);
    if (out) write_all(out->data, out->size);
    LeaveCriticalSection(&lock);
}

static BOOL read_all(void *data, DWORD size)
{
    DWORD done;
    while (size) {
        if (!ReadFile(requests, data, size, &done, NULL) || !done) return FALSE;
        data = (BYTE *)data + done;
        size -= done;
    }
    return TRUE;
}

/* ---- programs */

struct program { DWORD id; HANDLE process, job; struct program *next; };
static struct program *programs;

static HANDLE open_pipe(const WCHAR *path, DWORD access)
{
    SECURITY_ATTRIBUTES inherit = { sizeof inherit, NULL, TRUE };
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inherit, OPEN_EXISTING, 0, NULL);
}

/* Wine knows one user. Which account a process belongs to stands in its token all the same: its default DACL, which children inherit, ends in an entry for the account's SID. */
static HANDLE account_token(const WCHAR *sid, BOOL filtered)
{
    HANDLE own, token = NULL;
    WCHAR text[512];
    PSECURITY_DESCRIPTOR sd = NULL;
    PSID admins = NULL;
    BOOL present, defaulted;
    TOKEN_DEFAULT_DACL dacl;

    OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &own);
    if (filtered) {
        SID_AND_ATTRIBUTES disabled = { 0 };
        ConvertStringSidToSidW(L"S-1-5-32-544", &admins);
        disabled.Sid = admins;
        CreateRestrictedToken(own, DISABLE_MAX_PRIVILEGE, 1, &disabled, 0, NULL, 0, NULL, &token);
        LocalFree(admins);
    } else {
        DuplicateTokenEx(own, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, TokenPrimary, &token);
    }
    CloseHandle(own);
    if (!token) return NULL;
    wcscpy(text, filtered ? L"D:(A;;GA;;;SY)(A;;GA;;;WD)(A;;GA;;;" : L"D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;GR;;;WD)(A;;GA;;;");
    wcsncat(text, sid, 200);
    wcscat(text, L")");
    if (*sid && ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &sd, NULL)) {
        GetSecurityDescriptorDacl(sd, &present, &dacl.DefaultDacl, &defaulted);
        SetTokenInformation(token, TokenDefaultDacl, &dacl, sizeof dacl);
        LocalFree(sd);
    }
    return token;
}

static DWORD active(HANDLE job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION info = { .ActiveProcesses = 0 };
    return QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &info, sizeof info, NULL) ? info.ActiveProcesses : 0;
}

static void forget(struct program *program)
{
    struct program **link = &programs;
    while (*link && *link != program) link = &(*link)->next;
    if (*link) *link = program->next;
    CloseHandle(program->job);
    free(program);
}

static DWORD WINAPI watch(void *argument)
{
    struct program *program = argument;
    struct out out = { 0 };
    DWORD code = 0, id = program->id;

    WaitForSingleObject(program->process, INFINITE);
    GetExitCodeProcess(program->process, &code);
    CloseHandle(program->process);
    EnterCriticalSection(&lock);
    program->process = NULL;
    if (!active(program->job)) forget(program);    /* else what it left behind can still be ended by KILL */
    LeaveCriticalSection(&lock);
    put(&out, code);
    reply(id, EXITED, &out);
    free(out.data);
    return 0;
}

/* A console of its own, with the page that is asked for, takes a helper inside of it. Whether the program can be started is seen before. */
static WCHAR *line_in_console(HANDLE token, WCHAR *line, DWORD page, WCHAR *environment, const WCHAR *directory, DWORD *error)
{
    STARTUPINFOW startup = { .cb = sizeof startup };
    PROCESS_INFORMATION info;
    WCHAR *copy = _wcsdup(line), *made;
    if (!CreateProcessAsUserW(token, NULL, copy, NULL, NULL, FALSE, CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | DETACHED_PROCESS, environment, directory, &startup, &info)) {
        *error = GetLastError() ? GetLastError() : ERROR_GEN_FAILURE;
        free(copy);
        return line;
    }
    TerminateProcess(info.hProcess, 0);
    CloseHandle(info.hThread);
    CloseHandle(info.hProcess);
    free(copy);
    made = malloc((wcslen(line) + 1100) * sizeof *made);
    _snwprintf(made, wcslen(line) + 1100, L"%s console %u %s", HELPER, (unsigned)page, line);
    free(line);
    return made;
}

static void start(DWORD id, struct in *in, struct out *out)
{
    STARTUPINFOW startup = { .cb = sizeof startup };
    PROCESS_INFORMATION info;
    DWORD flags = take(in), page = take(in), error = 0, tries, i;
    WCHAR *sid = take_text(in), *pipes[3] = { take_text(in), take_text(in), take_text(in) };
    WCHAR *directory = take_text(in), *environment = take_text(in), *line = take_text(in);
    HANDLE handles[3], token;
    struct program *program;

    for (i = 0; i < 3; i++) handles[i] = open_pipe(pipes[i], i ? GENERIC_WRITE : GENERIC_READ);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = handles[0];
    startup.hStdOutput = handles[1];
    startup.hStdError = handles[2];
    token = account_token(sid, flags & FILTERED);
    if (page) line = line_in_console(token, line, page, environment, *directory ? directory : NULL, &error);
    /* Wine tells of an internal error now and then when many start at once; nothing was started then. */
    for (tries = 0; !error && !CreateProcessAsUserW(token, NULL, line, NULL, NULL, TRUE,
                              CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | (flags & CONSOLE ? CREATE_NO_WINDOW : 0),
                              environment, *directory ? directory : NULL, &startup, &info); tries++) {
        if (GetLastError() == ERROR_INTERNAL_ERROR && tries < 10) Sleep(100);
        else error = GetLastError() ? GetLastError() : ERROR_GEN_FAILURE;
    }
    for (i = 0; i < 3; i++) CloseHandle(handles[i]);
    CloseHandle(token);
    put(out, error);
    put(out, error ? 0 : info.dwProcessId);
    if (!error) {
        program = calloc(1, sizeof *program);
        program->id = id;
        program->process = info.hProcess;
        program->job = CreateJobObjectW(NULL, NULL);
        AssignProcessToJobObject(program->job, info.hProcess);
        EnterCriticalSection(&lock);
        program->next = programs;
        programs = program;
        LeaveCriticalSection(&lock);
        reply(id, START, out);      /* before anything else can be said about it */
        ResumeThread(info.hThread);
        CloseHandle(info.hThread);
        CloseHandle(CreateThread(NULL, 0, watch, program, 0, NULL));
    } else {
        reply(id, START, out);
    }
    for (i = 0; i < 3; i++) free(pipes[i]);
    free(sid); free(directory); free(environment); free(line);
}

/* Wine's server knows where a program runs only when that has said hello, which is when its PEB stands. One that is ended before is ended
 * for the server alone: the Unix process waits for an answer for ever. */
static BOOL all_have_begun(HANDLE job)
{
    struct { DWORD assigned, listed; ULONG_PTR ids[256]; } list = { 0 };
    DWORD i;
    BOOL begun = TRUE;
    if (!QueryInformationJobObject(job, JobObjectBasicProcessIdList, &list, sizeof list, NULL)) return TRUE;
    for (i = 0; i < list.listed; i++) {
        PROCESS_BASIC_INFORMATION info = { .PebBaseAddress = NULL };
        HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, (DWORD)list.ids[i]);
        if (!process) continue;
        if (!NtQueryInformationProcess(process, ProcessBasicInformation, &info, sizeof info, NULL) && !info.PebBaseAddress) begun = FALSE;
        CloseHandle(process);
    }
    return begun;
}

static DWORD end(struct in *in)
{
    DWORD id = take(in), error = ERROR_NOT_FOUND, tries;
    struct program *program;
    EnterCriticalSection(&lock);
    for (program = programs; program && program->id != id; program = program->next) ;
    if (program) {
        for (tries = 0; tries < 500 && !all_have_begun(program->job); tries++) Sleep(10);
        error = TerminateJobObject(program->job, 1) ? 0 : GetLastError();
        if (!program->process) forget(program);
    }
    LeaveCriticalSection(&lock);
    return error;
}

/* ---- the registry */

static HKEY root_of(DWORD number)
{
    return number == 0 ? HKEY_LOCAL_MACHINE : number == 1 ? HKEY_USERS : HKEY_CURRENT_USER;
}

static void read_key(struct in *in, struct out *out)
{
    HKEY root = root_of(take(in)), key;
    WCHAR *path = take_text(in), *name = malloc(65536);
    DWORD error, i, size, type, data_size, subkeys = 0, values = 0, longest = 0, mark;
    BYTE *data;

    error = RegOpenKeyExW(root, path, 0, KEY_READ | KEY_WOW64_64KEY, &key);
    put(out, error);
    free(path);
    if (error) { free(name); return; }
    RegQueryInfoKeyW(key, NULL, NULL, NULL, &subkeys, NULL, NULL, &values, NULL, &longest, NULL, NULL);
    mark = out->size;
    put(out, 0);
    for (i = 0; size = 32767, RegEnumKeyExW(key, i, name, &size, NULL, NULL, NULL, NULL) == ERROR_SUCCESS; i++) put_text(out, name, size);
    memcpy(out->data + mark, &i, 4);
    mark = out->size;
    put(out, 0);
    data = malloc(longest + 2);
    for (i = 0; size = 32767, data_size = longest, RegEnumValueW(key, i, name, &size, NULL, &type, data, &data_size) == ERROR_SUCCESS; i++) {
        put_text(out, name, size);
        put(out, type);
        put(out, data_size);
        put_bytes(out, data, data_size);
    }
    memcpy(out->data + mark, &i, 4);
    free(data);
    free(name);
    RegCloseKey(key);
}

static DWORD make_key(struct in *in, HKEY *key)
{
    HKEY root = root_of(take(in));
    WCHAR *path = take_text(in);
    DWORD lasting = take(in) ? REG_OPTION_VOLATILE : REG_OPTION_NON_VOLATILE;
    DWORD error = RegCreateKeyExW(root, path, 0, NULL, lasting, KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, key, NULL);
    free(path);
    return error;
}

static DWORD write_value(struct in *in)
{
    HKEY key;
    DWORD error = make_key(in, &key), type, size;
    WCHAR *name = take_text(in);
    BYTE *data;
    type = take(in);
    size = take(in);
    data = take_bytes(in, size, 2);
    if (!error) {
        error = RegSetValueExW(key, name, 0, type, data, size);
        RegCloseKey(key);
    }
    free(name);
    free(data);
    return error;
}

static DWORD remove_value(struct in *in)
{
    HKEY root = root_of(take(in)), key;
    WCHAR *path = take_text(in), *name = take_text(in);
    DWORD error = RegOpenKeyExW(root, path, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, &key);
    if (!error) {
        error = RegDeleteValueW(key, name);
        RegCloseKey(key);
    }
    free(path);
    free(name);
    return error;
}

static DWORD remove_key(struct in *in)
{
    HKEY root = root_of(take(in));
    WCHAR *path = take_text(in);
    DWORD error = RegDeleteTreeW(root, path);
    if (!error) RegDeleteKeyW(root, path);
    free(path);
    return error;
}

static DWORD secure_tree(HKEY parent, const WCHAR *path, PSECURITY_DESCRIPTOR sd)
{
    HKEY key;
    WCHAR name[512];
    DWORD i, size, error = RegOpenKeyExW(parent, path, REG_OPTION_OPEN_LINK, WRITE_DAC, &key);
    if (error) return error;
    RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, sd);
    RegCloseKey(key);
    if (RegOpenKeyExW(parent, path, 0, KEY_ENUMERATE_SUB_KEYS, &key)) return 0;
    for (i = 0; size = 512, RegEnumKeyExW(key, i, name, &size, NULL, NULL, NULL, NULL) == ERROR_SUCCESS; i++) secure_tree(key, name, sd);
    RegCloseKey(key);
    return 0;
}

static DWORD secure(struct in *in)
{
    HKEY root = root_of(take(in));
    WCHAR *path = take_text(in), *text = take_text(in);
    PSECURITY_DESCRIPTOR sd = NULL;
    DWORD error = ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &sd, NULL) ? 0 : GetLastError();
    if (!error) error = secure_tree(root, path, sd);
    LocalFree(sd);
    free(path);
    free(text);
    return error;
}

/* ---- hives, as Wine's own text */

static void enable(const WCHAR *privilege)
{
    TOKEN_PRIVILEGES wish = { .PrivilegeCount = 1 };
    HANDLE token;
    LookupPrivilegeValueW(NULL, privilege, &wish.Privileges[0].Luid);
    wish.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token);
    AdjustTokenPrivileges(token, FALSE, &wish, 0, NULL, NULL);
    CloseHandle(token);
}

static DWORD hive(DWORD operation, struct in *in)
{
    HKEY root = root_of(take(in)), key;
    WCHAR *path = take_text(in), *file = take_text(in);
    DWORD error;
    enable(L"SeBackupPrivilege");
    enable(L"SeRestorePrivilege");
    if (operation == LOAD) error = RegLoadKeyW(root, path, file);
    else if (operation == UNLOAD) error = RegUnLoadKeyW(root, path);
    else if (!(error = RegOpenKeyExW(root, path, 0, KEY_READ, &key))) {
        error = RegSaveKeyW(key, file, NULL);
        RegCloseKey(key);
    }
    free(path);
    free(file);
    return error;
}

/* ---- */

static void serve(DWORD id, DWORD operation, struct in *in)
{
    struct out out = { 0 };
    HKEY key;
    DWORD error;
    switch (operation) {
    case START: start(id, in, &out); free(out.data); return;
    case READ: read_key(in, &out); reply(id, operation, &out); free(out.data); return;
    case KILL: error = end(in); break;
    case WRITE: error = write_value(in); break;
    case REMOVE_VALUE: error = remove_value(in); break;
    case REMOVE_KEY: error = remove_key(in); break;
    case SECURE: error = secure(in); break;
    case LOAD: case SAVE: case UNLOAD: error = hive(operation, in); break;
    case MAKE_KEY:
        error = make_key(in, &key);
        if (!error) RegCloseKey(key);
        break;
    default: error = ERROR_INVALID_FUNCTION;
    }
    put(&out, error);
    reply(id, operation, &out);
    free(out.data);
}

static int in_console(UINT page, WCHAR *line)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION info;
    DWORD code = 1;
    int tries;
    SetConsoleCP(page);
    SetConsoleOutputCP(page);
    GetStartupInfoW(&startup);
    for (tries = 0; !CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &info); tries++) {
        /* Wine says so now and then when many start at once */
        if (GetLastError() != ERROR_INTERNAL_ERROR || tries == 5) return (int)(0xE0000000u | GetLastError());
        Sleep(50);
    }
    CloseHandle(GetStdHandle(STD_INPUT_HANDLE));
    CloseHandle(GetStdHandle(STD_OUTPUT_HANDLE));
    CloseHandle(GetStdHandle(STD_ERROR_HANDLE));
    WaitForSingleObject(info.hProcess, INFINITE);
    GetExitCodeProcess(info.hProcess, &code);
    return (int)code;
}

int wmain(int argc, WCHAR **argv)
{
    DWORD head[3];
    struct in in;
    BYTE *body;

    if (argc >= 4 && !wcscmp(argv[1], L"console")) {
        WCHAR *line = wcsstr(GetCommandLineW(), L" console ") + 9;
        return in_console(_wtoi(argv[2]), wcschr(line, ' ') + 1);
    }
    if (argc != 3) return 2;
    InitializeCriticalSection(&lock);
    requests = CreateFileW(argv[1], GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    replies = CreateFileW(argv[2], GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL);
    if (requests == INVALID_HANDLE_VALUE || replies == INVALID_HANDLE_VALUE) return 3;
    reply(0, 0, NULL);
    while (read_all(head, sizeof head)) {
        body = malloc(head[0]);
        if (!read_all(body, head[0] - 8)) break;
        in.at = body;
        in.end = body + head[0] - 8;
        serve(head[1], head[2], &in);
        free(body);
    }
    return 0;
}
