#!/bin/bash
# Installs the Debian packages that something needs, unless they are there.
#   packages.sh GROUP…      python  wine (the Windows hosts of the tests)  linux (the Linux hosts of the tests)  shells  ci
# No daemon that comes with them is started.
# As root or with sudo that asks no password; else says what to run, and stops.
set -euo pipefail

packages_of() {
    case $1 in
    python) echo python3 python3-venv ;;
    wine) echo wine wine64 gcc-mingw-w64-x86-64 libz-mingw-w64-dev locales openssh-client ;;
    linux) echo zsh fish openssh-server openssh-client sudo util-linux python3 strace direnv ;;
    ci) echo xz-utils shellcheck ;;
    shells) echo zsh fish ;;
    *) echo "packages.sh: no such group: $1" >&2; exit 2 ;;
    esac
}

installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for group in "$@"; do
    for package in $(packages_of "$group"); do
        command -v dpkg-query >/dev/null || { echo "This needs what Debian's packages $(packages_of "$group") hold; this system has no dpkg: install them your way." >&2; exit 1; }
        installed "$package" || missing+=("$package")
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        {
            echo "Debian packages are missing: ${missing[*]}"
            echo "This account is not root and has no sudo without a password. Have them installed, then try again:"
            echo "    apt-get update && apt-get install --no-install-recommends ${missing[*]}"
        } >&2
        exit 1
    fi
fi

echo "Installing Debian packages: ${missing[*]}"
log=$(mktemp)
policy=
clean_up() {
    rm -f "$log"
    [ -z "$policy" ] || "${as_root[@]}" rm -f "$policy"
}
trap clean_up EXIT

# openssh-server would start its sshd. Debian asks this file whether it may, which is left alone when somebody has one.
if [[ " ${missing[*]} " = *" openssh-server "* && ! -e /usr/sbin/policy-rc.d ]]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi

if ! {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    exit 1
fi
