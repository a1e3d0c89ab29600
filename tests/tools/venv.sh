#!/bin/bash
# Makes a virtual environment from scratch.
#   venv.sh DIRECTORY STAMP PYTHON CORE
# STAMP is the file that says it is complete; its name changes with what is asked for.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$1 stamp=$2 core=$4

mkdir -p .cache
if command -v flock >/dev/null; then
    exec 9>.cache/venv.lock
    flock 9
    # Somebody else may have made it while this one waited.
    [ ! -e "$stamp" ] || exit 0
fi

python=$(tests/tools/python.sh path "$3")
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    case $python in
    /usr/bin/*) tests/tools/packages.sh python ;;
    esac
    "$python" -c 'import ensurepip, venv' || { echo "$python lacks venv or ensurepip: on Debian, install the package $(basename "$python")-venv." >&2; exit 1; }
fi

echo "Making $venv with $python and ansible-core $core"
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check -r "tests/requirements/ansible-core-$core.txt" -r requirements-dev.txt
touch "$stamp"
