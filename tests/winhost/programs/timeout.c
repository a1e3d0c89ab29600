/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * timeout.exe, which Wine lacks. Real: it refuses to run where its input is no console, as over WinRM and ssh. Nothing else of it is here.
 */
#include "common.h"

int wmain(void)
{
    err(L"ERROR: Input redirection is not supported, exiting the process immediately.\r\n");
    return 1;
}
