/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bcryptprimitives.dll, for go.exe, which cannot start without it. Windows has it; Wine 8 lacks it.
 * Real: ProcessPrng fills the buffer with random bytes. Not there: everything else of the real library.
 */
#include <windows.h>

BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG size);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
    return SystemFunction036(data, (ULONG)size);
}
