/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tar.exe, the bsdtar of Windows 10 1803 and later. Wine has none.
 *
 * Real, as bsdtar does it: -c, -x and -t, -f, -C, -z, -v, -O, -T, -k, members by name; reads ustar, pax and GNU long names, plain or
 * gzip, which it sees by itself; writes ustar with pax records where they are needed, in blocks of 10,240. Arguments, names of members
 * and names of files all go through the ANSI page of the host (the one the registry names) with best fit, so that they may change
 * without a word. An existing file is unlinked and made anew; members are written in the order of the stream; what came of a truncated
 * archive stays, incomplete, and the exit code is 1. An empty input is an empty archive. Absolute names lose their root; '..' is refused.
 * Reads zip files too, stored and deflated, by their central directory, with the modes that Unix put there; a name that is marked as UTF-8 goes
 * through the ANSI page like all others. With -t, -v tells mode, owner, size, time and what a link leads to.
 * Not there: zip from a pipe, zip64, encryption; other formats, bzip2, xz, zstd, patterns, --exclude, ACLs, sparse files, and the rest of
 * bsdtar's options, which are refused as unknown.
 */
#include "common.h"
#include <time.h>
#include <zlib.h>

#define BLOCK 512
#define RECORD 10240

static const char *program = "tar";
static UINT ansi = 1252;
static BOOL failed, verbose, to_stdout, keep_old, zipped, of_zip;

/* ---- the ANSI page, and messages */

static void find_page(void)
{
    WCHAR text[32];
    registry_text(HKEY_LOCAL_MACHINE, L"SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage", L"ACP", text, 32);
    if (_wtoi(text)) ansi = _wtoi(text);
}

static char *to_ansi(const WCHAR *text)
{
    int size = WideCharToMultiByte(ansi, 0, text, -1, NULL, 0, NULL, NULL);
    char *bytes = malloc(size + 1);
    WideCharToMultiByte(ansi, 0, text, -1, bytes, size, NULL, NULL);
    return bytes;
}

static WCHAR *from_page(UINT page, const char *bytes)
{
    int count = MultiByteToWideChar(page, 0, bytes, -1, NULL, 0);
    WCHAR *text = malloc((count + 1) * sizeof *text);
    MultiByteToWideChar(page, 0, bytes, -1, text, count);
    return text;
}

static void complain(const char *pattern, ...)
{
    char *text = malloc(70000);
    va_list arguments;
    va_start(arguments, pattern);
    _vsnprintf(text, 69000, pattern, arguments);
    va_end(arguments);
    text[69000] = 0;
    err(L"%S: %s\r\n", program, from_page(ansi, text));
    free(text);
    failed = TRUE;
}

static int give_up(void)
{
    err(L"%S: Error exit delayed from previous errors.\r\n", program);
    return 1;
}

/* ---- input: a file or pipe, unzipped on the way */

static HANDLE source;
static z_stream inflater;
static BOOL inflating, inflated, source_ended;
static BYTE raw[65536], *raw_at;
static DWORD raw_left;
static ULONGLONG needed, got;

static BOOL fill_raw(void)
{
    raw_at = raw;
    if (source_ended || !ReadFile(source, raw, sizeof raw, &raw_left, NULL) || !raw_left) {
        source_ended = TRUE;
        raw_left = 0;
    }
    return raw_left > 0;
}

/* As many of `size` bytes as there are. */
static size_t input(BYTE *data, size_t size)
{
    size_t done = 0;
    while (done < size && !inflated) {
        if (!raw_left && !fill_raw()) break;
        if (inflating) {
            int state;
            inflater.next_in = raw_at;
            inflater.avail_in = raw_left;
            inflater.next_out = data + done;
            inflater.avail_out = (uInt)(size - done);
            state = inflate(&inflater, Z_NO_FLUSH);
            done = size - inflater.avail_out;
            raw_at = inflater.next_in;
            raw_left = inflater.avail_in;
            if (state == Z_STREAM_END) { inflated = TRUE; break; }
            if (state != Z_OK && state != Z_BUF_ERROR) { complain("gzip decompression failed"); break; }
        } else {
            size_t part = raw_left < size - done ? raw_left : size - done;
            memcpy(data + done, raw_at, part);
            raw_at += part;
            raw_left -= (DWORD)part;
            done += part;
        }
    }
    needed = size;
    got = done;
    return done;
}

static void truncated(void)
{
    if (inflating && source_ended) complain("truncated gzip input");
    else complain("Truncated input file (needed %I64u bytes, only %I64u available)", needed, got);
}

static void drain(void)
{
    while (fill_raw()) ;
}

/* ---- headers */

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[8], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

struct member { char *name, *link; ULONGLONG size, mtime; int mode; char type; };

static ULONGLONG number(const char *field, int size)
{
    ULONGLONG value = 0;
    int i = 0;
    if (*field & 0x80) {
        for (value = *field & 0x3f, i = 1; i < size; i++) value = value << 8 | (BYTE)field[i];
        return value;
    }
    while (i < size && field[i] == ' ') i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) value = value * 8 + (field[i] - '0');
    return value;
}

static unsigned sum(const struct header *header)
{
    const BYTE *bytes = (const BYTE *)header;
    unsigned total = 0;
    int i;
    for (i = 0; i < BLOCK; i++) total += i >= 148 && i < 156 ? ' ' : bytes[i];
    return total;
}

static char *text_of(const char *field, int size)
{
    char *text = calloc(1, size + 1);
    memcpy(text, field, size);
    return text;
}

static char *body(ULONGLONG size)
{
    ULONGLONG whole = (size + BLOCK - 1) / BLOCK * BLOCK;
    char *data = calloc(1, (size_t)whole + 1);
    if (size > 16 * 1024 * 1024 || input((BYTE *)data, (size_t)whole) < whole) { free(data); return NULL; }
    data[size] = 0;
    return data;
}

/* pax names are UTF-8; they go through the ANSI page like all others. */
static void pax(char *records, ULONGLONG size, char **path, char **link, ULONGLONG *file_size)
{
    char *at = records, *end = records + size;
    while (at < end) {
        char *text, *sign;
        long length = strtol(at, &text, 10);
        if (length <= 0 || at + length > end || *text != ' ') return;
        at[length - 1] = 0;
        sign = strchr(++text, '=');
        if (sign) {
            *sign = 0;
            if (!strcmp(text, "path")) *path = to_ansi(from_page(CP_UTF8, sign + 1));
            else if (!strcmp(text, "linkpath")) *link = to_ansi(from_page(CP_UTF8, sign + 1));
            else if (!strcmp(text, "size")) *file_size = _strtoui64(sign + 1, NULL, 10);
        }
        at += length;
    }
}

/* 1: a member, 0: the end, -1: no archive or a damaged one */
static int next(struct member *member, BOOL first)
{
    struct header header;
    char *path = NULL, *link = NULL, *data;
    ULONGLONG file_size = ~0ull, size;
    size_t part;

    for (;;) {
        part = input((BYTE *)&header, BLOCK);
        if (!part && inflating && !inflated) { truncated(); return -1; }
        if (!part) return 0;
        if (part < BLOCK) {
            if (first) complain("Error opening archive: Unrecognized archive format");
            else truncated();
            return -1;
        }
        if (!header.name[0] && sum(&header) == 8 * ' ') return 0;
        if (number(header.checksum, 8) != sum(&header)) {
            complain(first ? "Error opening archive: Unrecognized archive format" : "Damaged tar archive");
            return -1;
        }
        first = FALSE;
        size = number(header.size, 12);
        if (header.type == 'x' || header.type == 'g' || header.type == 'L' || header.type == 'K') {
            data = body(size);
            if (!data) { truncated(); return -1; }
            if (header.type == 'x') pax(data, size, &path, &link, &file_size);
            else if (header.type == 'L') path = data;
            else if (header.type == 'K') link = data;
            continue;
        }
        break;
    }
    if (!path) {
        path = text_of(header.name, 100);
        if (!memcmp(header.magic, "ustar", 5) && header.prefix[0] && header.magic[5] == 0) {
            char *whole = malloc(300), *prefix = text_of(header.prefix, 155);
            sprintf(whole, "%s/%s", prefix, path);
            path = whole;
        }
    }
    member->name = path;
    member->link = link ? link : text_of(header.link, 100);
    member->size = file_size != ~0ull ? file_size : size;
    member->mtime = number(header.mtime, 12);
    member->mode = (int)number(header.mode, 8);
    member->type = header.type ? header.type : '0';
    if (member->type == '0' && *path && path[strlen(path) - 1] == '/') member->type = '5';
    if (member->type == '5' || member->type == '1' || member->type == '2') member->size = 0;
    return 1;
}

/* ---- extracting */

static char *clean(char *name)
{
    char *at, *part;
    for (at = name; *at; at++) if (*at == '\\' && !IsDBCSLeadByteEx(ansi, at > name ? at[-1] : 0)) *at = '/';
    if (name[0] && name[1] == ':') name += 2;
    while (*name == '/') name++;
    for (part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || !part[2])) return NULL;
    return name;
}

static void make_parents(WCHAR *path)
{
    WCHAR *at;
    for (at = path; *at; at++) {
        if (*at != '\\' && *at != '/') continue;
        *at = 0;
        if (*path) CreateDirectoryW(path, NULL);
        *at = '\\';
    }
}

static void set_time(HANDLE file, ULONGLONG seconds)
{
    ULARGE_INTEGER time;
    FILETIME stamp;
    time.QuadPart = (seconds + 11644473600ull) * 10000000ull;
    stamp.dwLowDateTime = time.LowPart;
    stamp.dwHighDateTime = time.HighPart;
    SetFileTime(file, NULL, NULL, &stamp);
}

static const char *reason(DWORD error)
{
    switch (error) {
    case ERROR_ACCESS_DENIED: case ERROR_SHARING_VIOLATION: return "Permission denied";
    case ERROR_FILE_NOT_FOUND: case ERROR_PATH_NOT_FOUND: return "No such file or directory";
    case ERROR_FILE_EXISTS: case ERROR_ALREADY_EXISTS: return "File exists";
    case ERROR_INVALID_NAME: return "Invalid argument";
    case ERROR_DISK_FULL: return "No space left on device";
    }
    return "Unknown error";
}

/* FALSE when the stream ends too early. Data goes to `file`, or nowhere. */
static BOOL copy_data(HANDLE file, ULONGLONG size)
{
    BYTE data[65536];
    ULONGLONG left = size;
    while (left) {
        size_t part = left < sizeof data ? (size_t)left : sizeof data, came = input(data, part);
        if (file != INVALID_HANDLE_VALUE) write_bytes(file, data, came);
        if (came < part) { complain("Truncated tar archive detected while reading data"); return FALSE; }
        left -= part;
    }
    if (!of_zip && size % BLOCK && input(data, BLOCK - size % BLOCK) < BLOCK - size % BLOCK) { truncated(); return FALSE; }
    return TRUE;
}

static BOOL extract_file(const struct member *member, const char *name, WCHAR *path)
{
    HANDLE file;
    BOOL whole;
    if (keep_old && GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES) return copy_data(INVALID_HANDLE_VALUE, member->size);
    if (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES && !DeleteFileW(path) && !RemoveDirectoryW(path)) {
        complain("%s: Can't unlink already-existing object: %s", name, reason(GetLastError()));
        return copy_data(INVALID_HANDLE_VALUE, member->size);
    }
    file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        complain("%s: Can't create '%s': %s", name, name, reason(GetLastError()));
        return copy_data(INVALID_HANDLE_VALUE, member->size);
    }
    whole = copy_data(file, member->size);
    set_time(file, member->mtime);
    CloseHandle(file);
    if (!(member->mode & 0222)) SetFileAttributesW(path, FILE_ATTRIBUTE_READONLY);
    return whole;
}

static void extract_link(const struct member *member, const char *name, WCHAR *path)
{
    char *target = member->type == '1' ? clean(_strdup(member->link)) : member->link;
    BOOL done;
    DeleteFileW(path);
    if (!target) { complain("%s: Hard-link target contains '..'", name); return; }
    done = member->type == '1' ? CreateHardLinkW(path, from_page(ansi, target), NULL) : CreateSymbolicLinkW(path, from_page(ansi, target), 0);
    if (!done) complain("%s: Can't create '%s': %s", name, name, reason(GetLastError()));
}

static BOOL extract(struct member *member)
{
    char *name = clean(_strdup(member->name));
    WCHAR *path;
    BOOL whole = TRUE;

    if (!name) {
        complain("%s: Path contains '..'", member->name);
        return copy_data(INVALID_HANDLE_VALUE, member->size);
    }
    if (to_stdout) return copy_data(member->type == '0' || member->type == '7' ? GetStdHandle(STD_OUTPUT_HANDLE) : INVALID_HANDLE_VALUE, member->size);
    if (!*name) return copy_data(INVALID_HANDLE_VALUE, member->size);
    path = from_page(ansi, name);
    make_parents(path);
    if (member->type == '5') {
        if (path[wcslen(path) - 1] == '\\') path[wcslen(path) - 1] = 0;
        if (!CreateDirectoryW(path, NULL) && !(GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES && GetFileAttributesW(path) & FILE_ATTRIBUTE_DIRECTORY))
            complain("%s: Can't create '%s': %s", name, name, reason(GetLastError()));
    } else if (member->type == '1' || member->type == '2') {
        extract_link(member, name, path);
    } else if (member->type == '0' || member->type == '7') {
        whole = extract_file(member, name, path);
    } else {
        complain("%s: Can't create '%s': Invalid argument", name, name);
        whole = copy_data(INVALID_HANDLE_VALUE, member->size);
    }
    free(path);
    return whole;
}

static BOOL wanted(const char *name, char **names, int count, BOOL *seen)
{
    int i;
    if (!count) return TRUE;
    for (i = 0; i < count; i++) {
        size_t size = strlen(names[i]);
        while (size && names[i][size - 1] == '/') size--;
        if (!strncmp(name, names[i], size) && (!name[size] || name[size] == '/')) { seen[i] = TRUE; return TRUE; }
    }
    return FALSE;
}

static void list(const struct member *member)
{
    static const char LETTERS[] = "rwxrwxrwx";
    char mode[11], kind = member->type, when[40];
    time_t stamp = (time_t)member->mtime;
    const struct tm *time = gmtime(&stamp);
    int i;

    if (!verbose) { out(L"%s\r\n", from_page(ansi, member->name)); return; }
    mode[0] = kind == '5' ? 'd' : kind == '2' ? 'l' : kind == '1' ? 'h' : kind == '3' ? 'c' : kind == '4' ? 'b' : kind == '6' ? 'p' : '-';
    for (i = 0; i < 9; i++) mode[i + 1] = member->mode >> (8 - i) & 1 ? LETTERS[i] : '-';
    mode[10] = 0;
    if (!time || !strftime(when, sizeof when, "%b %d  %Y", time)) strcpy(when, "Jan 01  1970");
    out(L"%S  0 0      0      %10I64u %S %s", mode, member->size, when, from_page(ansi, member->name));
    if (kind == '2') out(L" -> %s", from_page(ansi, member->link));
    if (kind == '1') out(L" link to %s", from_page(ansi, member->link));
    out(L"\r\n");
}

static int take(char mode, struct member *member, char **names, int count, BOOL *seen, BOOL *whole)
{
    if (!wanted(member->name, names, count, seen)) { *whole = copy_data(INVALID_HANDLE_VALUE, member->size); return 0; }
    if (mode == 't') {
        list(member);
        *whole = copy_data(INVALID_HANDLE_VALUE, member->size);
    } else {
        if (verbose) err(L"x %s\r\n", from_page(ansi, member->name));
        *whole = extract(member);
    }
    return 1;
}

/* ---- zip: all of it in memory, by its central directory */

static unsigned u16(const BYTE *at) { return at[0] | at[1] << 8; }
static unsigned u32(const BYTE *at) { return u16(at) | u16(at + 2) << 16; }

static int read_zip(char mode, char **names, int count, BOOL *seen)
{
    size_t size, at, entries, i;
    BYTE *data, *head;

    of_zip = source_ended = TRUE;
    if (SetFilePointer(source, 0, NULL, FILE_BEGIN) == INVALID_SET_FILE_POINTER) { complain("Error opening archive: zip from a pipe is not supported"); return 1; }
    data = (BYTE *)read_all(source, &size);
    for (at = size < 22 ? 0 : size - 22; at && u32(data + at) != 0x06054b50; at--) ;
    if (!at) { complain("Error opening archive: Truncated ZIP file header"); return 1; }
    entries = u16(data + at + 10);
    at = u32(data + at + 16);
    for (i = 0; i < entries; i++) {
        struct member member = { 0 };
        size_t name_size, begin;
        SYSTEMTIME time = { 0 };
        FILETIME stamp;
        char *name;
        BOOL whole = TRUE;

        if (at + 46 > size || u32(data + at) != 0x02014b50) { complain("Damaged ZIP archive"); return 1; }
        head = data + at;
        name_size = u16(head + 28);
        name = text_of((char *)head + 46, (int)name_size);
        member.name = u16(head + 8) & 0x800 ? to_ansi(from_page(CP_UTF8, name)) : name;
        member.size = u32(head + 24);
        if (head[5] == 3) member.mode = u32(head + 38) >> 16;
        member.type = (member.mode & 0xf000) == 0xa000 ? '2' : *name && name[strlen(name) - 1] == '/' ? '5' : '0';
        if (!(member.mode & 0777)) member.mode |= member.type == '5' ? 0755 : 0644;
        time.wYear = 1980 + (u16(head + 14) >> 9);
        time.wMonth = u16(head + 14) >> 5 & 15;
        time.wDay = u16(head + 14) & 31;
        time.wHour = u16(head + 12) >> 11;
        if (SystemTimeToFileTime(&time, &stamp)) member.mtime = ((ULONGLONG)stamp.dwHighDateTime << 32 | stamp.dwLowDateTime) / 10000000ull - 11644473600ull;
        begin = u32(head + 42);
        at += 46 + name_size + u16(head + 30) + u16(head + 32);
        if (begin + 30 > size || u32(data + begin) != 0x04034b50) { complain("Damaged ZIP archive"); return 1; }
        raw_at = data + begin + 30 + u16(data + begin + 26) + u16(data + begin + 28);
        raw_left = u32(head + 20);
        if (raw_at + raw_left > data + size) { complain("Truncated ZIP file data"); return 1; }
        inflated = FALSE;
        inflating = u16(head + 10) == 8;
        if (inflating) { memset(&inflater, 0, sizeof inflater); inflateInit2(&inflater, -15); }
        else if (u16(head + 10)) { complain("%s: Unsupported ZIP compression method", member.name); continue; }
        if (member.type == '2') {
            member.link = calloc(1, (size_t)member.size + 1);
            input((BYTE *)member.link, (size_t)member.size);
            member.size = 0;
        }
        take(mode, &member, names, count, seen, &whole);
        if (inflating) inflateEnd(&inflater);
        if (!whole) return 1;
    }
    return 0;
}

static int read_archive(char mode, char **names, int count)
{
    struct member member;
    BOOL *seen = calloc(count + 1, sizeof *seen), first = TRUE, whole = TRUE;
    int state = 0, i;

    fill_raw();
    if (raw_left > 4 && !memcmp(raw, "PK\3\4", 4)) {
        if (read_zip(mode, names, count, seen)) failed = TRUE;
        for (i = 0; i < count; i++) if (!seen[i]) complain("%s: Not found in archive", names[i]);
        return failed ? give_up() : 0;
    }
    if (raw_left > 2 && raw[0] == 0x1f && raw[1] == 0x8b) inflating = inflateInit2(&inflater, 15 + 16) == Z_OK;
    while (whole && (state = next(&member, first)) > 0) {
        first = FALSE;
        take(mode, &member, names, count, seen, &whole);
    }
    if (state < 0 && first) return 1;
    for (i = 0; i < count; i++) if (!seen[i]) complain("%s: Not found in archive", names[i]);
    drain();
    return failed ? give_up() : 0;
}

/* ---- creating */

static HANDLE target;
static z_stream deflater;
static ULONGLONG written;

static void output(const void *data, size_t size)
{
    BYTE packed[65536];
    written += size;
    if (!zipped) { write_bytes(target, data, size); return; }
    deflater.next_in = (Bytef *)data;
    deflater.avail_in = (uInt)size;
    do {
        deflater.next_out = packed;
        deflater.avail_out = sizeof packed;
        deflate(&deflater, data ? Z_NO_FLUSH : Z_FINISH);
        write_bytes(target, packed, sizeof packed - deflater.avail_out);
    } while (!deflater.avail_out);
}

static void pad_to(ULONGLONG size)
{
    static const BYTE zeros[RECORD];
    if (written % size) output(zeros, (size_t)(size - written % size));
}

static void octal(char *field, int digits, ULONGLONG value)
{
    for (; digits; value >>= 3) field[--digits] = '0' + (value & 7);
}

static void finish_header(struct header *header)
{
    memcpy(header->magic, "ustar\00000", 8);
    sprintf(header->checksum, "%06o", sum(header));
    header->checksum[7] = ' ';
    output(header, BLOCK);
}

static void write_header(const char *name, const char *utf8, char type, int mode, ULONGLONG size, ULONGLONG mtime)
{
    struct header header = { { 0 } };
    const char *at;
    BOOL plain = strlen(name) <= 100;
    for (at = name; *at; at++) if (*at & 0x80) plain = FALSE;
    if (!plain) {
        struct header extended = { { 0 } };
        char *record = malloc(strlen(utf8) + 40);
        int length = (int)strlen(utf8) + 7, digits = 1;
        while (sprintf(record, "%d path=%s\n", length + digits, utf8) != length + digits) digits++;
        _snprintf(extended.name, 100, "PaxHeader/%.80s", strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
        strcpy(extended.mode, "000644 ");
        sprintf(extended.size, "%011o", length + digits);
        sprintf(extended.mtime, "%011o", (unsigned)mtime);
        extended.type = 'x';
        finish_header(&extended);
        output(record, length + digits);
        pad_to(BLOCK);
        free(record);
    }
    memcpy(header.name, name, strlen(name) < 100 ? strlen(name) : 100);
    sprintf(header.mode, "%06o ", mode);
    strcpy(header.uid, "000000 ");
    strcpy(header.gid, "000000 ");
    octal(header.size, 11, size);
    octal(header.mtime, 11, mtime);
    header.size[11] = header.mtime[11] = ' ';
    header.type = type;
    finish_header(&header);
}

static int mode_of(const WCHAR *path, DWORD attributes)
{
    const WCHAR *dot = wcsrchr(path, '.');
    int mode = attributes & FILE_ATTRIBUTE_READONLY ? 0444 : 0666;
    if (attributes & FILE_ATTRIBUTE_DIRECTORY) return 0777;
    return dot && (!_wcsicmp(dot, L".exe") || !_wcsicmp(dot, L".com") || !_wcsicmp(dot, L".bat") || !_wcsicmp(dot, L".cmd")) ? mode | 0111 : mode;
}

static void add(const char *name);

static void add_directory(const char *name)
{
    WIN32_FIND_DATAW found;
    char *pattern = malloc(strlen(name) + 3), *inner;
    HANDLE search;
    sprintf(pattern, "%s/*", name);
    search = FindFirstFileW(from_page(ansi, pattern), &found);
    free(pattern);
    if (search == INVALID_HANDLE_VALUE) return;
    do {
        char *base = to_ansi(found.cFileName);
        if (strcmp(base, ".") && strcmp(base, "..")) {
            inner = malloc(strlen(name) + strlen(base) + 2);
            sprintf(inner, "%s/%s", name, base);
            add(inner);
            free(inner);
        }
        free(base);
    } while (FindNextFileW(search, &found));
    FindClose(search);
}

static void add_file(const char *name, HANDLE file, const char *shown, const char *utf8, int mode, ULONGLONG mtime)
{
    BYTE data[65536];
    LARGE_INTEGER size;
    ULONGLONG left;
    DWORD part;
    GetFileSizeEx(file, &size);
    write_header(shown, utf8, '0', mode, size.QuadPart, mtime);
    for (left = size.QuadPart; left; left -= part) {
        if (!ReadFile(file, data, left < sizeof data ? (DWORD)left : sizeof data, &part, NULL) || !part) {
            complain("%s: Read error", name);
            memset(data, 0, part = left < sizeof data ? (DWORD)left : sizeof data);
        }
        output(data, part);
    }
    pad_to(BLOCK);
}

static void add(const char *name)
{
    WCHAR *path = from_page(ansi, name);
    DWORD attributes = GetFileAttributesW(path);
    char *shown = _strdup(name), *utf8, *at;
    WCHAR *wide;
    HANDLE file;
    FILETIME stamp = { 0 };
    ULARGE_INTEGER time;

    if (attributes == INVALID_FILE_ATTRIBUTES) {
        complain("%s: Couldn't find file: %s", name, reason(GetLastError()));
        return;
    }
    for (at = shown; *at; at++) if (*at == '\\' && !IsDBCSLeadByteEx(ansi, at > shown ? at[-1] : 0)) *at = '/';
    if (shown[0] && shown[1] == ':') shown += 2;
    while (*shown == '/') shown++;
    if (attributes & FILE_ATTRIBUTE_DIRECTORY && (!*shown || shown[strlen(shown) - 1] != '/')) strcat(shown = strcpy(malloc(strlen(shown) + 2), shown), "/");
    wide = from_page(ansi, shown);
    utf8 = malloc(wcslen(wide) * 4 + 1);
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, (int)wcslen(wide) * 4 + 1, NULL, NULL);
    file = CreateFileW(path, GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        complain("%s: Couldn't open %s: %s", name, name, reason(GetLastError()));
        return;
    }
    GetFileTime(file, NULL, NULL, &stamp);
    time.LowPart = stamp.dwLowDateTime;
    time.HighPart = stamp.dwHighDateTime;
    if (verbose) err(L"a %s\r\n", wide);
    if (attributes & FILE_ATTRIBUTE_DIRECTORY) {
        char *trimmed = _strdup(name);
        while (*trimmed && strchr("/\\", trimmed[strlen(trimmed) - 1])) trimmed[strlen(trimmed) - 1] = 0;
        write_header(shown, utf8, '5', 0777, 0, time.QuadPart / 10000000ull - 11644473600ull);
        add_directory(trimmed);
    } else {
        add_file(name, file, shown, utf8, mode_of(path, attributes), time.QuadPart / 10000000ull - 11644473600ull);
    }
    CloseHandle(file);
}

static BOOL enter(const char *directory)
{
    if (SetCurrentDirectoryW(from_page(ansi, directory))) return TRUE;
    err(L"%S: could not chdir to '%s'\r\n\r\n", program, from_page(ansi, directory));
    return FALSE;
}

static BOOL add_list(const char *file)
{
    size_t size;
    char *text, *line;
    HANDLE list = strcmp(file, "-") ? CreateFileW(from_page(ansi, file), GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL) : GetStdHandle(STD_INPUT_HANDLE);
    if (list == INVALID_HANDLE_VALUE) { complain("Couldn't open %s: %s", file, reason(GetLastError())); return FALSE; }
    text = read_all(list, &size);
    for (line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) add(line);
    return TRUE;
}

static int write_archive(char **words, int count)
{
    static const BYTE zeros[2 * BLOCK];
    int i;
    if (zipped) deflateInit2(&deflater, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    for (i = 0; i < count; i++) {
        if (!strncmp(words[i], "-C", 2)) {
            const char *directory = words[i][2] ? words[i] + 2 : ++i < count ? words[i] : "";
            if (!enter(directory)) return 1;
        } else if (!strcmp(words[i], "-T") && i + 1 < count) {
            add_list(words[++i]);
        } else {
            add(words[i]);
        }
    }
    output(zeros, sizeof zeros);
    pad_to(RECORD);
    if (zipped) output(NULL, 0);
    return failed ? give_up() : 0;
}

/* ---- options */

static int usage(const char *what)
{
    err(L"%S: %S\r\nUsage:\r\n  List:    %S -tf <archive-filename>\r\n  Extract: %S -xf <archive-filename>\r\n"
        L"  Create:  %S -cf <archive-filename> [filenames...]\r\n  Help:    %S --help\r\n", program, what, program, program, program, program);
    return 1;
}

static const struct { const char *name; char letter; } LONG_OPTIONS[] = {
    { "extract", 'x' }, { "create", 'c' }, { "list", 't' }, { "file", 'f' }, { "directory", 'C' }, { "cd", 'C' }, { "gzip", 'z' }, { "verbose", 'v' },
    { "to-stdout", 'O' }, { "keep-old-files", 'k' }, { "files-from", 'T' }, { "version", 'V' }, { "help", 'h' },
};

static HANDLE open_archive(const char *file, char mode)
{
    if (!file) file = "\\\\.\\tape0";
    if (!strcmp(file, "-")) return GetStdHandle(mode == 'c' ? STD_OUTPUT_HANDLE : STD_INPUT_HANDLE);
    return CreateFileW(from_page(ansi, file), mode == 'c' ? GENERIC_WRITE : GENERIC_READ, 7, NULL, mode == 'c' ? CREATE_ALWAYS : OPEN_EXISTING, 0, NULL);
}

int wmain(int argc, WCHAR **wide)
{
    char **argv = calloc(argc + 2, sizeof *argv), **words = calloc(argc * 2 + 2, sizeof *words), mode = 0, message[300];
    const char *file = NULL;
    int i, count = 0;
    BOOL bundled = FALSE, only_names = FALSE;
    HANDLE archive;

    find_page();
    for (i = 0; i < argc; i++) argv[i] = to_ansi(wide[i]);
    if (argc) {
        program = argv[0];
        if (strrchr(program, '\\')) program = strrchr(program, '\\') + 1;
        if (strrchr(program, '/')) program = strrchr(program, '/') + 1;
    }
    for (i = 1; i < argc; i++) {
        char *word = argv[i], letter, *value = NULL, *at, one[2] = { 0 };
        int j;
        if (only_names || (*word != '-' && (i > 1)) || !strcmp(word, "-")) { words[count++] = word; continue; }
        if (!strcmp(word, "--")) { only_names = TRUE; continue; }
        bundled = *word != '-';
        at = bundled ? word : word + 1;
        if (*at == '-' && !bundled) {
            char *sign = strchr(++at, '=');
            if (sign) { *sign = 0; value = sign + 1; }
            for (j = 0, letter = 0; j < (int)(sizeof LONG_OPTIONS / sizeof *LONG_OPTIONS); j++) if (!strcmp(at, LONG_OPTIONS[j].name)) letter = LONG_OPTIONS[j].letter;
            if (!letter) { _snprintf(message, 299, "Option --%s is not supported", at); return usage(message); }
            *(at = one) = letter;
        }
        for (; *at; at++) {
            letter = *at;
            if (strchr("fCTb", letter) && !value) {
                if (at[1] && !bundled) { value = at + 1; at += strlen(at) - 1; }
                else if (i + 1 < argc) value = argv[++i];
                else { _snprintf(message, 299, "Option -%c requires an argument", letter); return usage(message); }
            }
            switch (letter) {
            case 'x': case 'c': case 't':
                if (mode && mode != letter) { _snprintf(message, 299, "Can't specify both -%c and -%c", letter, mode); return usage(message); }
                mode = letter;
                break;
            case 'f': file = value; break;
            case 'C': words[count++] = "-C"; words[count++] = value; break;
            case 'T': words[count++] = "-T"; words[count++] = value; break;
            case 'z': zipped = TRUE; break;
            case 'v': verbose = TRUE; break;
            case 'O': to_stdout = TRUE; break;
            case 'k': keep_old = TRUE; break;
            case 'm': case 'p': case 'P': case 'o': case 'b': break;
            case 'V': out(L"bsdtar 3.7.2 - libarchive 3.7.2 zlib/%S stand-in\r\n", zlibVersion()); return 0;
            case 'h': out(L"%S(bsdtar): manipulate archive files\r\n", program); return 0;
            default: _snprintf(message, 299, "Option -%c is not supported", letter); return usage(message);
            }
            value = NULL;
        }
    }
    if (!mode) return usage("Must specify one of -c, -r, -t, -u, -x");
    if (mode == 'c' && !count) { err(L"%S: no files or directories specified\r\n", program); return 1; }
    archive = open_archive(file, mode);
    if (archive == INVALID_HANDLE_VALUE) {
        err(L"%S: Error opening archive: Failed to open '%s'\r\n", program, from_page(ansi, file ? file : "\\\\.\\tape0"));
        return 1;
    }
    if (mode == 'c') { target = archive; return write_archive(words, count); }
    source = archive;
    for (i = 0, argc = 0; i < count; i++) {
        if (!strcmp(words[i], "-C") && i + 1 < count) { if (!enter(words[++i])) return 1; }
        else words[argc++] = words[i];
    }
    return read_archive(mode, words, argc);
}
