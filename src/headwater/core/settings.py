"""Every setting, once: how this installation runs, not what the project means (that is `headwater.yaml`).

Settings come from `HEADWATER_…` environment variables and, under them, from the `settings:` block of the
project's `headwater.yaml`. An unknown name is an error that names the nearest known one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from headwater.core.errors import SettingsError, suggest

PREFIX = "HEADWATER_"
# HEADWATER_KEYS is read where keys are kept: settings are shown, keys are not.
NO_SETTINGS = frozenset({"keys"})


class Settings(BaseSettings):
    """How this installation runs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    threads: int = Field(0, ge=0, le=1024, description="Threads of the query engine; 0: one a core.")
    memory_mb: int = Field(
        0,
        ge=0,
        description="Memory the query engine may use, in MB, before it spills to disk; 0: engine's own.",
    )
    sql_seconds: float = Field(
        30.0, gt=0, le=86_400, description="How long the query of a `sql` condition may take, in seconds."
    )
    spark_master: str = Field(
        "",
        description="The Spark cluster that evaluates audiences in a run, like spark://host:7077; empty: this process does.",
    )
    state_url: str = Field(
        "",
        description="SQLAlchemy URL of the operational state (ledger, keys of the API, audit log); "
        "empty: a SQLite file in the project.",
    )
    keys_in: Literal["file", "environment", "keyring"] = Field(
        "file",
        description="Where the keys are that personal identifiers are sealed with: the file `keys_file`, the text of the "
        "variable HEADWATER_KEYS, or the key ring of the operating system.",
    )
    keys_file: str = Field(
        "",
        description="The file with the keys, in the project or elsewhere, never in Git; empty: keys/keys.json in the project.",
    )
    geo_file: str = Field(
        "",
        description="A file in MaxMind's format (.mmdb) that says where addresses are, in the project or elsewhere; "
        "empty: nobody's place is known.",
    )
    http_timeout_seconds: float = Field(30.0, gt=0, description="How long a destination may take to answer.")
    http_attempts: int = Field(
        5, ge=1, le=20, description="How often a batch is tried before it counts as failed."
    )
    edge_address: str = Field(
        "127.0.0.1", description="Where `serve` listens for events and decisions: public, behind your proxy."
    )
    edge_port: int = Field(8700, ge=1, le=65_535, description="The port of the same.")
    edge_workers: int = Field(
        1, ge=1, le=256, description="Processes that take events in; all write one log."
    )
    edge_proxies: int = Field(
        0,
        ge=0,
        le=16,
        description="Reverse proxies before the edge: the client's address is so many places from the end of X-Forwarded-For.",
    )
    health_port: int = Field(
        8701,
        ge=1,
        le=65_535,
        description="Where `serve` tells how it is (/health, /metrics): this machine only.",
    )
    api_port: int = Field(
        8702, ge=1, le=65_535, description="Where `serve` answers the management API: this machine only."
    )
    console_port: int = Field(
        8703, ge=0, le=65_535, description="Where `serve` shows the console: this machine only. 0: nowhere."
    )
    most_in_one_profile: float = Field(
        10.0,
        gt=0,
        le=100,
        description="Percent of all identifiers that changed rules in `identifiers/` may make one new profile of before a run "
        "stops; 100: any. `headwater identity apply --anyway` goes beyond.",
    )
    most_profiles_changed: float = Field(
        30.0,
        gt=0,
        le=100,
        description="Percent of all profiles that changed rules in `identifiers/` may change before a run stops; 100: any.",
    )
    seal_seconds: float = Field(
        60.0, gt=0, description="How long live events may wait before they go into the tables at rest."
    )
    refresh_minutes: float = Field(
        15.0, gt=0, description="How often `serve` does a full run: sources, profiles, audiences, deliveries."
    )
    log_days: float = Field(
        30.0, gt=0, description="How long the log of requests is kept once it is in the tables, for `replay`."
    )
    keep_hours: float = Field(
        24.0, ge=0, description="How long files that no current table version names stay on disk for readers."
    )
    progress: Literal["auto", "plain", "off"] = Field(
        "auto", description="Progress bars in a terminal (auto), plain lines, or nothing."
    )


def load_settings(block: Mapping[str, object] | None = None) -> Settings:
    """The settings in force: environment over the `settings:` block over defaults.

    Raises:
        SettingsError: all unknown names and impossible values at once.
    """
    from_file = dict(block or {})
    problems = [*_unknown(from_file, ""), *_unknown(_from_environment(), PREFIX)]
    if problems:
        raise SettingsError("; ".join(problems), next_step="correct the name, or see `headwater doctor`")
    try:
        # What stands in the environment outranks the file: the file fills only what the environment leaves open.
        return Settings.model_validate(
            {name: value for name, value in from_file.items() if name not in _from_environment()}
        )
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(error))) from None


def _from_environment() -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in NO_SETTINGS
    }


def _unknown(given: Mapping[str, object], prefix: str) -> list[str]:
    known = list(Settings.model_fields)
    spelled = (lambda name: f"{prefix}{name.upper()}") if prefix else (lambda name: name)
    return [
        f"unknown setting {spelled(name)}; {suggest(name, known)}"
        for name in sorted(given)
        if name not in known
    ]


def _explain(error: ValidationError) -> list[str]:
    return [
        f"setting {'.'.join(map(str, item['loc']))}: {item['msg']} (found {item['input']!r})"
        for item in error.errors()
    ]
