#!/bin/sh
# Finds the Python to work with.
#   python.sh path [PYTHON]            prints the full path of the interpreter
#   python.sh key [PYTHON] [CORE]      prints "VERSION CORE HASH": what a virtual environment's name and stamp are made of
# PYTHON is a name or a path; without it, the newest that is found. CORE is a version of ansible-core, such as 2.19; without it, the newest
# final one that this Python runs. One of which there is a release candidate only is used when it is named.
# Nothing found: prints nothing, says why on stderr, exit code 1.
set -eu
cd "$(dirname "$0")/../.."

SUPPORTED='3.13 3.12 3.11'

# The real path of an interpreter, of a virtual environment its base, that runs and is of a supported version, else nothing.
# (A shim of a version manager may be on PATH and yet refuse to run.)
real_path() {
    "$1" -c 'import os, sys
version = "%d.%d" % sys.version_info[:2]
if version in sys.argv[1].split(): print(os.path.abspath(getattr(sys, "_base_executable", sys.executable)))' "$SUPPORTED" 2>/dev/null || true
}

# Where an interpreter of this name may be: PATH, then pyenv's versions, the newest first.
candidates() {
    echo "$1"
    case $1 in
    */*) ;;
    *) ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/"$1" 2>/dev/null | sort -rV || true ;;
    esac
}

find_python() {
    candidates "$1" | while IFS= read -r candidate; do
        found=$(real_path "$candidate")
        if [ -n "$found" ]; then
            echo "$found"
            break
        fi
    done
}

find_any() {
    for version in $SUPPORTED; do
        found=$(find_python "python$version")
        if [ -n "$found" ]; then
            echo "$found"
            return
        fi
    done
    find_python python3
}

# The newest version of ansible-core that runs on a Python and whose requirement names no alpha, beta or release candidate.
newest_final() {
    case $1 in
    3.11) newest=2.19 ;;
    3.12) newest=2.21 ;;
    *) newest=2.22 ;;
    esac
    for final in $(grep -LE '[0-9](a|b|rc|\.dev)[0-9]' tests/requirements/ansible-core-*.txt | sed 's/.*ansible-core-\(.*\)\.txt/\1/' | sort -rV); do
        if [ "$(printf '%s\n' "$final" "$newest" | sort -V | head -n 1)" = "$final" ]; then
            echo "$final"
            return
        fi
    done
}

HOME=${HOME:-/nonexistent}
command=$1
wanted=${2:-}
core=${3:-}

if [ -n "$wanted" ]; then
    path=$(find_python "$wanted")
    [ -n "$path" ] || { echo "No $wanted that runs and is one of: $SUPPORTED" >&2; exit 1; }
else
    path=$(find_any)
    [ -n "$path" ] || { echo "No Python found that is one of: $SUPPORTED" >&2; exit 1; }
fi

if [ "$command" = path ]; then
    echo "$path"
    exit
fi

version=$("$path" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ -n "$core" ] || core=$(newest_final "$version")
requirements="tests/requirements/ansible-core-$core.txt"
[ -f "$requirements" ] || { echo "ANSIBLE_CORE=$core is not one of: $(ls tests/requirements | sed 's/ansible-core-\(.*\)\.txt/\1/' | xargs)" >&2; exit 1; }
hash=$({ echo "$path"; cat "$requirements" requirements.txt meta/ee-requirements.txt tests/requirements.txt requirements-dev.txt; } | cksum | cut -d' ' -f1)
echo "$version $core $hash"
