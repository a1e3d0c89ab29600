/* Copyright (c) 2026 gopher.devbox contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * whoami.exe. Wine's own prints the name and ignores /user, /groups and /priv.
 *
 * Real: the account's SID, which comes out of the token of this process; the forms table, list and csv, /nh, several parts at once,
 * and which combinations are errors. Which groups a local administrator or user has after a network logon is copied from Windows 10.
 * Stands in: name and rights of the account come from the host's list of accounts; attributes and titles are Chinese on a host with
 * page 936 and English else. Not there: claims, domain names (/fqdn, /upn are errors, as they are for a local account).
 */
#include "common.h"
#include <sddl.h>

struct account { WCHAR sid[200], domain[300], name[300]; BOOL elevated, administrator; };
enum { TABLE, LIST, CSV };

static BOOL chinese;
static int form = TABLE;
static BOOL headless;

static const WCHAR *say(const WCHAR *english, const WCHAR *other) { return chinese ? other : english; }

static void find_account(struct account *account)
{
    WCHAR *sid = NULL, *text, *line;
    size_t size;
    HANDLE file = CreateFileW(L"C:\\windows\\winhost\\accounts.txt", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    PSID own = account_sid();
    memset(account, 0, sizeof *account);
    if (own && ConvertSidToStringSidW(own, &sid)) wcsncpy(account->sid, sid, 199);
    wcscpy(account->domain, L"NT AUTHORITY");
    wcscpy(account->name, L"SYSTEM");
    if (file == INVALID_HANDLE_VALUE) return;
    text = (WCHAR *)read_all(file, &size);
    for (line = wcstok(text, L"\r\n"); line; line = wcstok(NULL, L"\r\n")) {
        WCHAR *fields[5] = { line };
        int i;
        for (i = 1; i < 5 && fields[i - 1] && (fields[i] = wcschr(fields[i - 1], '\t')); i++) *fields[i]++ = 0;
        if (i < 5 || wcscmp(fields[0], account->sid)) continue;
        wcsncpy(account->domain, fields[1], 299);
        wcsncpy(account->name, fields[2], 299);
        account->elevated = *fields[3] == '1';
        account->administrator = *fields[4] == '1';
    }
}

/* ---- rows */

#define COLUMNS 4
static WCHAR *rows[64][COLUMNS];
static int row_count, column_count;

static void row(int columns, ...)
{
    va_list values;
    int i;
    va_start(values, columns);
    for (i = 0; i < columns; i++) rows[row_count][i] = va_arg(values, WCHAR *);
    va_end(values);
    column_count = columns;
    row_count++;
}

static int width_of(const WCHAR *text)
{
    int width = 0;
    for (; *text; text++) width += *text >= 0x1100 ? 2 : 1;
    return width;
}

static void pad(const WCHAR *text, int width, WCHAR filler)
{
    WCHAR space[2] = { filler, 0 };
    out(L"%s", text);
    for (width -= width_of(text); width > 0; width--) out(L"%s", space);
}

static void print_table(void)
{
    int widths[COLUMNS] = { 0 }, i, j;
    for (i = headless; i < row_count; i++)
        for (j = 0; j < column_count; j++) if (width_of(rows[i][j]) > widths[j]) widths[j] = width_of(rows[i][j]);
    for (i = headless; i < row_count; i++) {
        for (j = 0; j < column_count; j++) {
            pad(rows[i][j], widths[j], ' ');
            out(j == column_count - 1 ? L"\r\n" : L" ");
        }
        for (j = 0; i == 0 && j < column_count; j++) {
            pad(L"", widths[j], '=');
            out(j == column_count - 1 ? L"\r\n" : L" ");
        }
    }
}

static void print_list(void)
{
    int width = 0, i, j;
    for (j = 0; j < column_count; j++) if (width_of(rows[0][j]) > width) width = width_of(rows[0][j]);
    for (i = 1; i < row_count; i++) {
        for (j = 0; j < column_count; j++) {
            WCHAR head[100];
            _snwprintf(head, 99, L"%s:", rows[0][j]);
            pad(head, width + 2, ' ');
            out(L"%s\r\n", rows[i][j]);
        }
        if (i < row_count - 1) out(L"\r\n");
    }
}

static void print_csv(void)
{
    int i, j;
    for (i = headless; i < row_count; i++)
        for (j = 0; j < column_count; j++) out(j == column_count - 1 ? L"\"%s\"\r\n" : L"\"%s\",", rows[i][j]);
}

static void print_rows(const WCHAR *title)
{
    if (form != CSV && !headless) {
        int width = width_of(title);
        out(L"\r\n%s\r\n", title);
        while (width--) out(L"-");
        out(L"\r\n\r\n");
    }
    if (form == TABLE) print_table();
    else if (form == LIST) print_list();
    else print_csv();
    row_count = 0;
}

/* ---- parts */

static WCHAR *full_name(const struct account *account)
{
    WCHAR *text = malloc(700 * sizeof *text);
    _snwprintf(text, 699, L"%s\\%s", account->domain, account->name);
    return _wcslwr(text);
}

static void print_user(const struct account *account)
{
    row(2, say(L"User Name", L"用户名"), L"SID");
    row(2, full_name(account), account->sid);
    print_rows(say(L"USER INFORMATION", L"用户信息"));
}

static void print_groups(const struct account *account)
{
    const WCHAR *usual = say(L"Mandatory group, Enabled by default, Enabled group", L"必需的组, 启用于默认, 启用的组");
    const WCHAR *owner = say(L"Mandatory group, Enabled by default, Enabled group, Group owner", L"必需的组, 启用于默认, 启用的组, 组的所有者");
    const WCHAR *denied = say(L"Group used for deny only", L"只用于拒绝的组");
    const WCHAR *known = say(L"Well-known group", L"已知组"), *alias = say(L"Alias", L"别名"), *label = say(L"Label", L"标签");
    BOOL system = !wcscmp(account->sid, L"S-1-5-18"), full = account->administrator && account->elevated;

    row(4, say(L"Group Name", L"组名"), say(L"Type", L"类型"), L"SID", say(L"Attributes", L"属性"));
    if (system) {
        row(4, L"BUILTIN\\Administrators", alias, L"S-1-5-32-544", say(L"Enabled by default, Enabled group, Group owner", L"启用于默认, 启用的组, 组的所有者"));
        row(4, L"Everyone", known, L"S-1-1-0", usual);
        row(4, L"NT AUTHORITY\\Authenticated Users", known, L"S-1-5-11", usual);
        row(4, L"Mandatory Label\\System Mandatory Level", label, L"S-1-16-16384", L"");
    } else {
        row(4, L"Everyone", known, L"S-1-1-0", usual);
        if (account->administrator) {
            row(4, say(L"NT AUTHORITY\\Local account and member of Administrators group", L"NT AUTHORITY\\本地帐户和管理员组成员"), known, L"S-1-5-114", full ? usual : denied);
            row(4, L"BUILTIN\\Administrators", alias, L"S-1-5-32-544", full ? owner : denied);
        }
        row(4, L"BUILTIN\\Users", alias, L"S-1-5-32-545", usual);
        row(4, L"NT AUTHORITY\\NETWORK", known, L"S-1-5-2", usual);
        row(4, L"NT AUTHORITY\\Authenticated Users", known, L"S-1-5-11", usual);
        row(4, L"NT AUTHORITY\\This Organization", known, L"S-1-5-15", usual);
        row(4, say(L"NT AUTHORITY\\Local account", L"NT AUTHORITY\\本地帐户"), known, L"S-1-5-113", usual);
        row(4, L"NT AUTHORITY\\NTLM Authentication", known, L"S-1-5-64-10", usual);
        if (full) row(4, L"Mandatory Label\\High Mandatory Level", label, L"S-1-16-12288", L"");
        else row(4, L"Mandatory Label\\Medium Mandatory Level", label, L"S-1-16-8192", L"");
    }
    print_rows(say(L"GROUP INFORMATION", L"组信息"));
}

static void print_privileges(const struct account *account)
{
    const WCHAR *on = say(L"Enabled", L"已启用");
    row(3, say(L"Privilege Name", L"特权名"), say(L"Description", L"描述"), say(L"State", L"状态"));
    if (account->administrator && account->elevated) {
        row(3, L"SeSecurityPrivilege", L"Manage auditing and security log", on);
        row(3, L"SeTakeOwnershipPrivilege", L"Take ownership of files or other objects", on);
        row(3, L"SeBackupPrivilege", L"Back up files and directories", on);
        row(3, L"SeRestorePrivilege", L"Restore files and directories", on);
        row(3, L"SeCreateSymbolicLinkPrivilege", L"Create symbolic links", on);
    }
    row(3, L"SeChangeNotifyPrivilege", L"Bypass traverse checking", on);
    row(3, L"SeIncreaseWorkingSetPrivilege", L"Increase a process working set", on);
    print_rows(say(L"PRIVILEGES INFORMATION", L"特权信息"));
}

/* ---- options */

static int refuse(const WCHAR *why)
{
    err(L"%s%s\r\n%s\r\n", say(L"ERROR: ", L"错误: "), why, say(L"Type \"WHOAMI /?\" for usage.", L"键入 \"WHOAMI /?\" 了解用法。"));
    return 1;
}

int wmain(int argc, WCHAR **argv)
{
    struct account account;
    BOOL user = FALSE, groups = FALSE, privileges = FALSE, name = FALSE, formed = FALSE;
    int i;

    chinese = GetOEMCP() == 936;
    for (i = 1; i < argc; i++) {
        const WCHAR *word = argv[i];
        if (*word != '/' && *word != '-') return refuse(say(L"Invalid argument/option.", L"无效参数/选项。"));
        word++;
        if (!_wcsicmp(word, L"user")) user = TRUE;
        else if (!_wcsicmp(word, L"groups")) groups = TRUE;
        else if (!_wcsicmp(word, L"priv")) privileges = TRUE;
        else if (!_wcsicmp(word, L"all")) user = groups = privileges = TRUE;
        else if (!_wcsicmp(word, L"nh")) headless = TRUE;
        else if (!_wcsicmp(word, L"upn") || !_wcsicmp(word, L"fqdn")) name = TRUE;
        else if (!_wcsicmp(word, L"fo") && i + 1 < argc && !formed) {
            word = argv[++i];
            formed = TRUE;
            if (!_wcsicmp(word, L"table")) form = TABLE;
            else if (!_wcsicmp(word, L"list")) form = LIST;
            else if (!_wcsicmp(word, L"csv")) form = CSV;
            else return refuse(say(L"Invalid syntax. Specify valid format for /FO.", L"无效语法。"));
        }
        else return refuse(say(L"Invalid argument/option.", L"无效参数/选项。"));
    }
    if (headless && form == LIST) return refuse(say(L"Invalid syntax. /NH option is valid only for \"TABLE\" and \"CSV\" formats.", L"无效语法。"));
    if ((headless || formed) && !user && !groups && !privileges) return refuse(say(L"Invalid syntax.", L"无效语法。"));
    if (name) {
        err(L"%s\r\n", say(L"ERROR: Unable to get Fully Qualified Distinguished Name (FQDN) as the current\r\n       logged-on user is not a domain user.", L"错误: 当前登录用户不是域用户。"));
        return 1;
    }
    find_account(&account);
    if (!user && !groups && !privileges) out(L"%s\r\n", full_name(&account));
    if (user) print_user(&account);
    if (user && groups && form == CSV) out(L"\r\n");
    if (groups) print_groups(&account);
    if ((user || groups) && privileges && form == CSV) out(L"\r\n");
    if (privileges) print_privileges(&account);
    return 0;
}
