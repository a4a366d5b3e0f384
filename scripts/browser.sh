#!/usr/bin/env bash
# Makes the browser ready in which the website tag and the console are tested: Chromium, which is installed where that is allowed.
# Where it is not, says so; the tests in a browser are then skipped with the same reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v chromium >/dev/null 2>&1 && ! command -v google-chrome >/dev/null 2>&1 && ! bash scripts/apt.sh chromium; then
    printf 'browser: %s\n' "there is no Chromium, so the tests of the website tag and the console in a browser are skipped." \
        "On Debian:  apt-get install chromium" "Then run the same command again." >&2
fi
