#!/bin/bash
# Runs ansible-test sanity on a copy of what is shipped.
#   sanity.sh PYTHON VERSION [ARGUMENT…]
# ansible-test wants the collection to stand in a tree of collections, and makes virtual environments of its own with what
# the tests need, under HOME: here under .cache, and from PyPI alone (sanity_home.py).
# Left out: what is not shipped (our tests, benchmarks and tools: `make lint` looks at them), and the tests of ansible-test
# that need what is not on PyPI: pslint (PowerShell) and, where Debian's package is missing, shellcheck.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$PWD/$1 version=$2
shift 2

tree=$PWD/.cache/sanity
copy=$tree/ansible_collections/gopher/devbox
rm -rf "$tree"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard -- . \
    ':!tests' ':!bench' ':!demo' ':!extensions' ':!.ci' ':!Makefile' |
    while IFS= read -r -d '' file; do
        # A file that was deleted but is still in the index is not there.
        if [ -e "$file" ]; then printf '%s\0' "$file"; fi
    done | tar --create --null --files-from=- | tar --extract --directory "$copy"
# What the collection says to ansible-test.
mkdir "$copy/tests"
for part in tests/config.yml tests/sanity; do
    [ ! -e "$part" ] || cp -R "$part" "$copy/tests/"
done

home=$PWD/.cache/sanity-home
"$python" tests/tools/sanity_home.py "$home" "$version"
export HOME=$home

skip=(--skip-test pslint)
command -v shellcheck >/dev/null || skip+=(--skip-test shellcheck)

cd "$copy"
# Without a repository of its own, ansible-test would ask the one around it, which ignores this place.
git init --quiet
exec ansible-test sanity --color no --local --python "$version" --requirements "${skip[@]}" "$@"
