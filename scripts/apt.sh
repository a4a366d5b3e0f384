#!/usr/bin/env bash
# Installs a system package, where that is allowed: scripts/apt.sh PACKAGE. The exit code says whether it could.
set -euo pipefail

package=$1
asroot=()
command -v apt-get >/dev/null 2>&1 || exit 1
if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || exit 1
    asroot=(sudo -n)
fi
echo "installing the system package $package" >&2
"${asroot[@]}" apt-get -qq update >/dev/null || true
DEBIAN_FRONTEND=noninteractive "${asroot[@]}" apt-get -qq install -y --no-install-recommends "$package" >/dev/null
