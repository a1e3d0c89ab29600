#!/bin/bash
# Runs the benchmarks, or one of them.
#   bench.sh PYTHON CORE [NAME]
# DEVBOX_BENCH_COLLECTIONS tells those that name a PEER where the collection ansible.windows is: taken out of PyPI's package
# `ansible`, in the release that goes with this ansible-core.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$1 core=$2 name=${3:-}

benchmarks=(bench/[!_]*.py)
if [ -n "$name" ]; then
    [ -f "bench/$name.py" ] || { echo "There is no bench/$name.py." >&2; exit 2; }
    benchmarks=("bench/$name.py")
fi

fetch_peers() {
    local peers
    peers=$PWD/.cache/bench/peers-$core-$(cksum <"bench/requirements/core-$core.txt" | cut -d' ' -f1)
    if [ ! -e "$peers/.ready" ]; then
        rm -rf "$peers"
        mkdir -p "$peers"
        "$python" -m pip download -qq --disable-pip-version-check --no-deps --only-binary=:all: --dest "$peers/wheel" --requirement "bench/requirements/core-$core.txt"
        "$python" - "$peers" <<'PYTHON'
import pathlib, sys, zipfile

peers = pathlib.Path(sys.argv[1])
(wheel,) = (peers / "wheel").glob("ansible-*.whl")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(peers, [name for name in archive.namelist() if name.startswith("ansible_collections/ansible/windows/")])
PYTHON
        rm -rf "$peers/wheel"
        touch "$peers/.ready"
    fi
    export DEVBOX_BENCH_COLLECTIONS=$peers
    export ANSIBLE_COLLECTIONS_PATH=$ANSIBLE_COLLECTIONS_PATH:$peers
}

if grep -qw PEER "${benchmarks[@]}"; then fetch_peers; fi
for benchmark in "${benchmarks[@]}"; do
    "$python" "$benchmark"
done
