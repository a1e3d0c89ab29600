/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * findstr.exe. Wine's own is a stub that prints nothing.
 *
 * Real: words as alternatives, /c:, /g:, /b /e /x /v /i /n /m /l /r, expressions with . * ^ $ [classes] \< \> and \x, files with
 * wildcards or standard input; works on bytes, as findstr does. Not there: /s, /f, /d, /a, /o, /p, the limits and bugs of the real one.
 */
#include "common.h"
#include <ctype.h>

static char *patterns[256];
static int pattern_count;
static BOOL begins, ends, whole, inverted, folded, numbered, names_only, literal, regular, found_any;

static int same(char a, char b) { return folded ? tolower((BYTE)a) == tolower((BYTE)b) : a == b; }
static BOOL letter(char c) { return isalnum((BYTE)c) || c == '_'; }

static const char *one(const char *pattern, char c, BOOL *fits)
{
    BOOL negated = FALSE;
    *fits = FALSE;
    if (*pattern == '.') { *fits = TRUE; return pattern + 1; }
    if (*pattern == '\\' && pattern[1]) { *fits = same(pattern[1], c); return pattern + 2; }
    if (*pattern != '[' || !strchr(pattern, ']')) { *fits = same(*pattern, c); return pattern + 1; }
    if (*++pattern == '^') { negated = TRUE; pattern++; }
    for (; *pattern && *pattern != ']'; pattern++) {
        if (pattern[1] == '-' && pattern[2] && pattern[2] != ']') {
            char low = folded ? tolower((BYTE)*pattern) : *pattern, high = folded ? tolower((BYTE)pattern[2]) : pattern[2], x = folded ? tolower((BYTE)c) : c;
            if (x >= low && x <= high) *fits = TRUE;
            pattern += 2;
        } else if (same(*pattern, c)) *fits = TRUE;
    }
    if (negated) *fits = !*fits;
    return *pattern ? pattern + 1 : pattern;
}

static BOOL here(const char *pattern, const char *line, const char *at, const char *end)
{
    const char *next;
    BOOL fits;
    if (!*pattern) return !(ends || whole) || at == end;
    if (*pattern == '$' && !pattern[1]) return at == end;
    if (*pattern == '\\' && (pattern[1] == '<' || pattern[1] == '>')) {
        BOOL before = at > line && letter(at[-1]), after = at < end && letter(*at);
        return (pattern[1] == '<' ? !before && after : before && !after) && here(pattern + 2, line, at, end);
    }
    next = one(pattern, at < end ? *at : 0, &fits);
    if (*next == '*') {
        const char *reach;
        for (reach = at; reach < end && (one(pattern, *reach, &fits), fits); reach++) ;
        for (; reach >= at; reach--) if (here(next + 1, line, reach, end)) return TRUE;
        return FALSE;
    }
    return at < end && fits && here(next, line, at + 1, end);
}

static BOOL plain(const char *text, const char *line, const char *end)
{
    size_t size = strlen(text), i;
    const char *at;
    for (at = line; at + size <= end; at++) {
        for (i = 0; i < size && same(text[i], at[i]); i++) ;
        if (i == size && (!(ends || whole) || at + size == end)) return TRUE;
        if (begins || whole) return FALSE;
    }
    return FALSE;
}

static BOOL fits(const char *line, const char *end)
{
    int i;
    const char *at;
    for (i = 0; i < pattern_count; i++) {
        const char *pattern = patterns[i];
        if (literal) { if (plain(pattern, line, end)) return TRUE; continue; }
        if (*pattern == '^') { if (here(pattern + 1, line, line, end)) return TRUE; continue; }
        for (at = line; at <= end; at++) {
            if (here(pattern, line, at, end)) return TRUE;
            if (begins || whole) break;
        }
    }
    return FALSE;
}

static void search(HANDLE file, const WCHAR *name)
{
    size_t size;
    char *text = read_all(file, &size), *line, *end, *stop, number[32];
    int count = 0;
    for (line = text; line < text + size; line = end + 1) {
        end = memchr(line, '\n', text + size - line);
        if (!end) end = text + size;
        for (stop = end; stop > line && stop[-1] == '\r'; stop--) ;
        count++;
        if (fits(line, stop) == inverted) continue;
        found_any = TRUE;
        if (names_only) { out(L"%s\r\n", name); break; }
        if (*name) out(L"%s:", name);
        if (numbered) write_bytes(GetStdHandle(STD_OUTPUT_HANDLE), number, sprintf(number, "%d:", count));
        write_bytes(GetStdHandle(STD_OUTPUT_HANDLE), line, stop - line);
        write_bytes(GetStdHandle(STD_OUTPUT_HANDLE), "\r\n", 2);
    }
    free(text);
}

static char *bytes_of(const WCHAR *text)
{
    int size = WideCharToMultiByte(GetOEMCP(), 0, text, -1, NULL, 0, NULL, NULL);
    char *bytes = malloc(size);
    WideCharToMultiByte(GetOEMCP(), 0, text, -1, bytes, size, NULL, NULL);
    return bytes;
}

static void search_files(WCHAR **names, int count)
{
    BOOL several = count > 1 || wcspbrk(names[0], L"*?");
    int i;
    for (i = 0; i < count; i++) {
        WIN32_FIND_DATAW found;
        WCHAR path[4096], *base;
        HANDLE search_handle = FindFirstFileW(names[i], &found), file;
        if (search_handle == INVALID_HANDLE_VALUE) { err(L"FINDSTR: Cannot open %s\r\n", names[i]); continue; }
        wcsncpy(path, names[i], 3000);
        base = wcsrchr(path, '\\') ? wcsrchr(path, '\\') + 1 : path;
        do {
            if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) continue;
            wcscpy(base, found.cFileName);
            file = CreateFileW(path, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
            if (file == INVALID_HANDLE_VALUE) { err(L"FINDSTR: Cannot open %s\r\n", path); continue; }
            search(file, several || names_only ? path : L"");
            CloseHandle(file);
        } while (FindNextFileW(search_handle, &found));
        FindClose(search_handle);
    }
}

static BOOL options(const WCHAR *word)
{
    for (; *word; word++) {
        switch (towlower(*word)) {
        case 'b': begins = TRUE; break;
        case 'e': ends = TRUE; break;
        case 'x': whole = TRUE; break;
        case 'v': inverted = TRUE; break;
        case 'i': folded = TRUE; break;
        case 'n': numbered = TRUE; break;
        case 'm': names_only = TRUE; break;
        case 'l': literal = TRUE; break;
        case 'r': regular = TRUE; break;
        default: err(L"FINDSTR: /%c ignored\r\n", *word);
        }
    }
    return TRUE;
}

int wmain(int argc, WCHAR **argv)
{
    WCHAR *files[256];
    int i, count = 0;
    BOOL told = FALSE;

    for (i = 1; i < argc; i++) {
        WCHAR *word = argv[i];
        if ((*word == '/' || *word == '-') && word[1] && word[2] == ':') {
            if (towlower(word[1]) == 'c' && pattern_count < 256) { patterns[pattern_count++] = bytes_of(word + 3); told = TRUE; if (!regular) literal = TRUE; }
            else if (towlower(word[1]) == 'g') {
                HANDLE list = word[3] == '/' ? GetStdHandle(STD_INPUT_HANDLE) : CreateFileW(word + 3, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
                size_t size;
                char *line;
                if (list == INVALID_HANDLE_VALUE) { err(L"FINDSTR: Cannot open %s\r\n", word + 3); return 2; }
                for (line = strtok(read_all(list, &size), "\r\n"); line && pattern_count < 256; line = strtok(NULL, "\r\n")) patterns[pattern_count++] = line;
                told = TRUE;
            }
        } else if ((*word == '/' || *word == '-') && !count) options(word + 1);
        else if (!told) {
            char *text;
            for (text = strtok(bytes_of(word), " "); text && pattern_count < 256; text = strtok(NULL, " ")) patterns[pattern_count++] = text;
            told = TRUE;
        } else if (count < 256) files[count++] = word;
    }
    if (regular) literal = FALSE;
    if (!told) { err(L"FINDSTR: Bad command line\r\n"); return 2; }
    if (count) search_files(files, count);
    else search(GetStdHandle(STD_INPUT_HANDLE), L"");
    return found_any ? 0 : 1;
}
