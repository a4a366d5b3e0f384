#!/usr/bin/env bash
# All that can be said about the code without running much of it. Reads the tree, writes nothing but caches.
# Every check runs, also after one has failed; the exit code says whether all were good.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=${VENV:-.venv}/bin
failed=()

check() {
    local name=$1 told
    shift
    if told=$("$@" 2>&1); then
        printf 'ok    %s\n' "$name"
    else
        printf '%s\nFAIL  %s\n' "$told" "$name"
        failed+=("$name")
    fi
}

check "format (mend: make format)" "$bin/ruff" format --check --quiet .
check "lint" "$bin/ruff" check --quiet .
check "types" "$bin/mypy"
check "import contracts" "$bin/lint-imports"
check "generated docs are current (mend: make docs)" "$bin/python" -m headwater.flow.document --check
((${#failed[@]} == 0))
