#!/usr/bin/env bash
# Makes .venv ready: a private environment with the locked dependencies and Headwater itself, editable.
# Reads requirements/dev.txt and pyproject.toml; writes .venv only. Done before with the same inputs: returns at once.
# PYTHON names the interpreter to build on (3.11 or newer); VENV the folder, if not .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
venv=${VENV:-.venv}
stamp=$venv/.ready

stop() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 || stop "there is no '$python'; install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"
python=$(command -v "$python") # a path: pip's --python takes no bare name
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || stop "'$python' is Python $version; Headwater needs 3.11 or newer. Name another: make PYTHON=/path/to/python3"

wanted="$version $(cat requirements/dev.txt pyproject.toml scripts/setup.sh | sha256sum | cut -d' ' -f1)"
if [[ -x $venv/bin/python && -f $stamp && $(<"$stamp") == "$wanted" ]]; then
    exit 0
fi

has_ensurepip() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }
has_pip() { "$python" -m pip --python "$python" --version >/dev/null 2>&1; } # --python: pip 22.3 or newer

install_venv_package() {
    local asroot=()
    command -v apt-get >/dev/null 2>&1 || return 1
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || return 1
        asroot=(sudo -n)
    fi
    echo "setup: this Python cannot make environments; installing the system package python3-venv" >&2
    "${asroot[@]}" apt-get -qq update >/dev/null || true
    DEBIAN_FRONTEND=noninteractive "${asroot[@]}" apt-get -qq install -y python3-venv >/dev/null
}

make_venv() {
    rm -rf "$venv"
    if has_ensurepip || { ! has_pip && install_venv_package && has_ensurepip; }; then
        "$python" -m venv "$venv"
    elif has_pip; then
        "$python" -m venv --without-pip "$venv"
    else
        stop "'$python' can make no environment: it has neither ensurepip nor pip 22.3 or newer." \
            "On Debian or Ubuntu:  apt-get install python3-venv" \
            "On Fedora:            dnf install python3-pip" \
            "Then run the same command again."
    fi
}

# An environment of another Python version, or one that was never finished, is made anew.
if ! "$venv/bin/python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null; then
    echo "setup: making $venv with Python $version (once; about a minute)" >&2
    make_venv
fi
rm -f "$stamp"

if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    pip=("$venv/bin/python" -m pip)
else
    pip=("$python" -m pip --python "$venv/bin/python")
fi
quiet=(--quiet --quiet --disable-pip-version-check --no-input --no-warn-script-location --root-user-action ignore)

echo "setup: installing the locked dependencies" >&2
"${pip[@]}" install "${quiet[@]}" --require-hashes -r requirements/dev.txt
"${pip[@]}" install "${quiet[@]}" --no-deps --no-build-isolation --editable .
printf '%s\n' "$wanted" >"$stamp"
