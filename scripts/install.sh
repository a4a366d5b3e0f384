#!/usr/bin/env bash
# Puts one more locked set of packages into .venv: scripts/install.sh NAME installs requirements/NAME.txt.
# Writes .venv only. Done before with the same inputs: returns at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=$1
venv=${VENV:-.venv}
stamp=$venv/.$name-ready

wanted=$(cat "requirements/$name.txt" "$venv/.ready" | sha256sum | cut -d' ' -f1)
if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then
    exit 0
fi
echo "$name: installing what requirements/$name.in names" >&2
quiet=(--quiet --quiet --disable-pip-version-check --no-input --no-warn-script-location --root-user-action ignore)
if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    pip=("$venv/bin/python" -m pip)
else
    pip=("${PYTHON:-python3}" -m pip --python "$venv/bin/python")
fi
"${pip[@]}" install "${quiet[@]}" --require-hashes -r "requirements/$name.txt"
printf '%s\n' "$wanted" >"$stamp"
