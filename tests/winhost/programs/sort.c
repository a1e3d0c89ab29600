/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sort.exe, which Wine lacks. Real: lines of a file or of standard input, case ignored, /r. Not there: /+n, /o, /unique, locales.
 */
#include "common.h"

static int direction = 1;
static int compare(const void *a, const void *b) { return direction * _stricmp(*(char *const *)a, *(char *const *)b); }

int wmain(int argc, WCHAR **argv)
{
    HANDLE from = GetStdHandle(STD_INPUT_HANDLE), to = GetStdHandle(STD_OUTPUT_HANDLE);
    size_t size, count = 0, i;
    char *text, *at, **lines;
    int word;
    for (word = 1; word < argc; word++) {
        if (!_wcsnicmp(argv[word], L"/r", 2)) direction = -1;
        else if (*argv[word] == '/') { err(L"Invalid switch.\r\n"); return 1; }
        else if ((from = CreateFileW(argv[word], GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL)) == INVALID_HANDLE_VALUE) {
            err(L"%sThe system cannot find the file specified.\r\n", argv[word]);
            return 1;
        }
    }
    text = read_all(from, &size);
    lines = calloc(size + 1, sizeof *lines);
    for (at = text; at < text + size; ) {
        char *end = memchr(at, '\n', text + size - at);
        lines[count++] = at;
        at = end ? end + 1 : text + size;
        if (end) *end = 0;
        if (end && end > text && end[-1] == '\r') end[-1] = 0;
    }
    qsort(lines, count, sizeof *lines, compare);
    for (i = 0; i < count; i++) {
        write_bytes(to, lines[i], strlen(lines[i]));
        write_bytes(to, "\r\n", 2);
    }
    return 0;
}
