/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * find.exe. Wine's own knows no option.
 * Real: find [/v] [/c] [/n] [/i] "text" [file...], the text in quotes on the command line, exit codes 0, 1 and 2. Not there: /off.
 */
#include "common.h"
#include <ctype.h>

static BOOL inverted, counting, numbered, folded, found_any;
static char needle[4096];

static BOOL holds(const char *line, const char *end)
{
    size_t size = strlen(needle), i;
    for (; size && line + size <= end; line++) {
        for (i = 0; i < size && (folded ? tolower((BYTE)line[i]) == tolower((BYTE)needle[i]) : line[i] == needle[i]); i++) ;
        if (i == size) return TRUE;
    }
    return FALSE;
}

static void search(HANDLE file, const WCHAR *name)
{
    HANDLE to = GetStdHandle(STD_OUTPUT_HANDLE);
    size_t size;
    char *text = read_all(file, &size), *line, *end, *stop, number[32];
    int count = 0, hits = 0;
    if (*name && !counting) out(L"\r\n---------- %s\r\n", name);
    for (line = text; line < text + size; line = end + 1) {
        end = memchr(line, '\n', text + size - line);
        if (!end) end = text + size;
        for (stop = end; stop > line && stop[-1] == '\r'; stop--) ;
        count++;
        if (holds(line, stop) == inverted) continue;
        hits++;
        if (counting) continue;
        if (numbered) write_bytes(to, number, sprintf(number, "[%d]", count));
        write_bytes(to, line, stop - line);
        write_bytes(to, "\r\n", 2);
    }
    if (counting && *name) out(L"\r\n---------- %s: %d\r\n", name, hits);
    else if (counting) out(L"%d\r\n", hits);
    if (hits) found_any = TRUE;
    free(text);
}

int wmain(int argc, WCHAR **argv)
{
    WCHAR *line = behind_program(GetCommandLineW()), *quote = wcschr(line, '"'), text[4096], upper[4096];
    BOOL told = FALSE, files = FALSE;
    int i;
    size_t size = 0;

    for (i = 1; i < argc; i++) {
        if (*argv[i] == '/' && !told && wcslen(argv[i]) == 2) {
            switch (towlower(argv[i][1])) {
            case 'v': inverted = TRUE; break;
            case 'c': counting = TRUE; break;
            case 'n': numbered = TRUE; break;
            case 'i': folded = TRUE; break;
            default: err(L"FIND: Invalid switch\r\n"); return 2;
            }
            continue;
        }
        if (!told) {
            if (!quote) break;
            for (quote++; *quote && size < 4095; quote++) {
                if (*quote == '"' && *++quote != '"') break;
                text[size++] = *quote;
            }
            text[size] = 0;
            WideCharToMultiByte(GetOEMCP(), 0, text, -1, needle, sizeof needle, NULL, NULL);
            told = TRUE;
            continue;
        }
        {
            HANDLE file = CreateFileW(argv[i], GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
            files = TRUE;
            wcsncpy(upper, argv[i], 4095);
            upper[4095] = 0;
            if (file == INVALID_HANDLE_VALUE) { err(L"File not found - %s\r\n", _wcsupr(upper)); continue; }
            search(file, _wcsupr(upper));
            CloseHandle(file);
        }
    }
    if (!told) { err(L"FIND: Parameter format not correct\r\n"); return 2; }
    if (!files) search(GetStdHandle(STD_INPUT_HANDLE), L"");
    return found_any ? 0 : 1;
}
