#!/bin/bash
# Installs the Debian packages that something needs, unless they are there.
#   packages.sh [--or-without] GROUP…   python  wine (the Windows hosts of the tests)  linux (the Linux hosts of the tests)  shells
#                                       debian (a Debian of another version in a directory)  ci
# No daemon that comes with them is started.
# As root or with sudo that asks no password; else says what to run, all groups at once, and stops. --or-without: goes on without them.
# The hosts of the tests are made of Debian 12 or 13; on another system it says so, and stops. DEVBOX_ANY_SYSTEM=1 tries it all the same.
set -euo pipefail

all=(python wine linux shells debian ci)

packages_of() {
    case $1 in
    python) echo python3 python3-venv ;;
    wine) echo wine wine64 gcc-mingw-w64-x86-64 libz-mingw-w64-dev locales openssh-client python3-hivex busybox-static util-linux ;;
    linux) echo zsh fish openssh-server openssh-client sudo util-linux python3 python3-hivex ntfs-3g strace direnv ;;
    debian) echo debootstrap util-linux ;;
    ci) echo xz-utils shellcheck wimtools fuse3 ;;
    shells) echo zsh fish ;;
    *) echo "packages.sh: no such group: $1" >&2; exit 2 ;;
    esac
}

# Each package of these groups, once.
every() {
    for group in "$@"; do packages_of "$group"; done | tr ' ' '\n' | sort -u
}

missing_of() {
    for package in $(every "$@"); do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

# Sets `system`, its name for people, and `known`, whether the hosts of the tests can be made of it.
look_at_system() {
    local file=${DEVBOX_OS_RELEASE:-/etc/os-release} release=
    system=$(uname -s) known=no
    if [ "$system" = Darwin ]; then
        system=macOS
    elif [ -r "$file" ]; then
        # shellcheck source=/dev/null
        system=$(. "$file" && echo "${PRETTY_NAME:-${ID:-unknown}}")
        # shellcheck source=/dev/null
        release=$(. "$file" && echo "${ID:-}-${VERSION_ID:-}")
    fi
    case $release in debian-12 | debian-13) known=yes ;; esac
    [ "$(uname -m)" = x86_64 ] || { known=no; system="$system on $(uname -m)"; }
}

# What to do on another system.
explain() {
    local engine=docker label=
    case $system in Fedora* | 'Red Hat'* | CentOS*) engine=podman label=:Z ;; esac
    cat <<EOF
The hosts of the tests are made of an x86-64 Debian 12 (Wine 8) or 13 (Wine 10), and this is $system.
In a container of one, with this checkout in it:
    $engine run --rm -it --privileged --platform linux/amd64 -v "\$PWD:/src$label" -w /src debian:13 \\
        sh -c 'apt-get update && apt-get install -y make git && make demo'
A virtual machine does as well. make venv, make lint and make build need nothing but Python 3.11 to 3.13, and work here.
To try it here all the same, set DEVBOX_ANY_SYSTEM=1; all that make does takes what these Debian packages hold:
    $(every "${all[@]}" | xargs)
EOF
}

without=no
if [ "${1:-}" = --or-without ]; then
    without=yes
    shift
fi

# The end where something is missing.
stop() {
    [ "$without" = yes ] || exit 1
    exit 0
}

hosts=no
for group in "$@"; do
    packages_of "$group" >/dev/null
    case $group in wine | linux | shells | debian) hosts=yes ;; esac
done
look_at_system
if [ "$hosts" = yes ] && [ "$known" = no ] && [ -z "${DEVBOX_ANY_SYSTEM:-}" ]; then
    explain >&2
    stop
fi
if ! command -v dpkg-query >/dev/null; then
    [ -z "${DEVBOX_ANY_SYSTEM:-}" ] || exit 0 # whoever set it has installed what is needed
    echo "This needs what the Debian packages $(every "$@" | xargs) hold, and $system has no dpkg: install them your way." >&2
    stop
fi

missing=()
while IFS= read -r package; do missing+=("$package"); done < <(missing_of "$@")
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        {
            echo "Debian packages are missing: ${missing[*]}"
            echo "This account is not root and has no sudo without a password. Have what all of make's targets need installed at once, then try again:"
            echo "    apt-get update && apt-get install --no-install-recommends $(missing_of "${all[@]}" | xargs)"
        } >&2
        stop
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
