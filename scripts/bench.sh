#!/usr/bin/env bash
# Makes .venv ready to measure: the locked engines that audiences are compared with.
# Reads requirements/bench.txt; writes .venv only. Done before: returns at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=${VENV:-.venv}
stamp=$venv/.bench-ready

wanted=$(cat requirements/bench.txt "$venv/.ready" | sha256sum | cut -d' ' -f1)
if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then
    exit 0
fi
echo "bench: installing chdb and polars" >&2
quiet=(--quiet --quiet --disable-pip-version-check --no-input --no-warn-script-location --root-user-action ignore)
if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    pip=("$venv/bin/python" -m pip)
else
    pip=("${PYTHON:-python3}" -m pip --python "$venv/bin/python")
fi
"${pip[@]}" install "${quiet[@]}" --require-hashes -r requirements/bench.txt
printf '%s\n' "$wanted" >"$stamp"
