#!/usr/bin/env bash
# Makes .venv ready for Spark: the locked package pyspark, and Java 17, which is installed where that is allowed.
# Reads requirements/spark.txt; writes .venv only. Done before: returns at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v java >/dev/null 2>&1 && [[ -z ${JAVA_HOME:-} ]] && ! bash scripts/apt.sh openjdk-17-jre-headless; then
    printf 'spark: %s\n' "there is no Java, which Spark needs." \
        "On Debian or Ubuntu:  apt-get install openjdk-17-jre-headless" "Then run the same command again." >&2
    exit 1
fi

exec bash scripts/install.sh spark
