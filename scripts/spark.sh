#!/usr/bin/env bash
# Makes .venv ready for Spark: the locked package pyspark, and Java 17, which is installed where that is allowed.
# Reads requirements/spark.txt; writes .venv only. Done before: returns at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

install_java() {
    local asroot=()
    command -v apt-get >/dev/null 2>&1 || return 1
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || return 1
        asroot=(sudo -n)
    fi
    echo "spark: installing the system package openjdk-17-jre-headless" >&2
    "${asroot[@]}" apt-get -qq update >/dev/null || true
    DEBIAN_FRONTEND=noninteractive "${asroot[@]}" apt-get -qq install -y openjdk-17-jre-headless >/dev/null
}

if ! command -v java >/dev/null 2>&1 && [[ -z ${JAVA_HOME:-} ]] && ! install_java; then
    printf 'spark: %s\n' "there is no Java, which Spark needs." \
        "On Debian or Ubuntu:  apt-get install openjdk-17-jre-headless" "Then run the same command again." >&2
    exit 1
fi

exec bash scripts/install.sh spark
