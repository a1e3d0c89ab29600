#!/bin/bash
# Checks the form of everything, the quickest first; goes on after a failure and sums up at the end.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# Some of these tools leave logs and caches at home.
export HOME=$PWD/.cache/home
mkdir -p "$HOME"
export ANSIBLE_DEPRECATION_WARNINGS=False

collection=.cache/collections/ansible_collections/gopher/devbox
failed=()

check() {
    local name=$1 begin=$SECONDS output
    shift
    if output=$("$@" 2>&1 </dev/null); then
        echo "ok    $name ($((SECONDS - begin)) s)"
    else
        echo "FAIL  $name ($((SECONDS - begin)) s)"
        printf '      %s\n' "${output//$'\n'/$'\n'      }"
        failed+=("$name")
    fi
}

typed=()
for directory in plugins/module_utils plugins/plugin_utils; do
    [ -z "$(find "$directory" -name '*.py' -print -quit 2>/dev/null)" ] || typed+=("$collection/$directory")
done

check ruff ruff check .
check 'ruff format (make format repairs)' ruff format --check .
check yamllint yamllint --strict .
mapfile -t scripts < <(find .ci/run tests/tools -type f -name '*.sh' -o -name run -type f)
if command -v shellcheck >/dev/null; then
    check shellcheck shellcheck --severity=warning "${scripts[@]}"
else
    check shell bash -n "${scripts[@]}"
fi
check changelog antsibull-changelog lint
if [ ${#typed[@]} -gt 0 ]; then
    check imports lint-imports --no-cache
    check mypy mypy "${typed[@]}"
fi
if [ -n "$(find plugins -name '*.py' -print -quit 2>/dev/null)" ]; then
    check docs antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
fi
check ansible-lint ansible-lint --offline --nocolor

if [ ${#failed[@]} -gt 0 ]; then
    echo "lint: ${failed[*]} failed" >&2
    exit 1
fi
