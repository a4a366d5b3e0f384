"""What a file in `collectors/` says: a collector, which takes live events from whoever has its key.

# collectors/website.yaml
description: The shop's website
keys: [website-7f3a]            # what clients send; of a browser everybody can see it
formats: [segment, snowplow]    # every wire format if left out
plan: quarantine                # events that do not follow the tracking plan wait for repair
own_hosts: [shop.example]
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from headwater.collect.format import Format, formats
from headwater.core.documents import Declaration, Document, read_declaration
from headwater.core.errors import Problem, suggest
from headwater.core.project import Project

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class CollectorFile(Declaration):
    """What a file in `collectors/` may say."""

    description: str = Field("", description="What sends events here, for people.")
    keys: tuple[str, ...] = Field(
        min_length=1,
        description="The write keys clients send, several while one is being replaced; `${NAME}` is read from the environment.",
    )
    formats: tuple[str, ...] | dict[str, dict[str, object]] = Field(
        (), description="The wire formats it speaks, or each with its settings; all if left out."
    )
    plan: Literal["observe", "quarantine"] = Field(
        "observe",
        description="What becomes of events that do not follow the tracking plan: taken and reported, or kept aside for repair.",
    )
    ip: Literal["truncated", "full", "none"] = Field(
        "truncated",
        description="How much of clients' addresses is kept; places are found before it is cut.",
    )
    keep_bots: bool = Field(False, description="Whether events of crawlers are taken, too.")
    own_hosts: tuple[str, ...] = Field(
        (), description="Hosts of the own pages: coming from there is no referral."
    )
    private: bool = Field(
        False,
        description="The keys are secret, of servers: they may ask about anybody, and about placements that are not public.",
    )
    most_events_a_second: int | None = Field(
        None, ge=1, description="Beyond it clients are told to come back later; no bound if left out."
    )


@dataclass(frozen=True)
class Collector:
    """A collector that is sound. `settings`: of each wire format that it speaks."""

    name: str
    said: CollectorFile
    keys: frozenset[str]
    settings: Mapping[str, Declaration]
    document: Document


def read_collectors(project: Project) -> tuple[dict[str, Collector], list[Problem]]:
    """The collectors that are sound, by name, and everything that is wrong with the others."""
    sound: dict[str, Collector] = {}
    problems: list[Problem] = []
    for document in project.documents["collectors"]:
        said = read_declaration(document, CollectorFile)
        if isinstance(said, list):
            problems += said
            continue
        settings, found = _formats(document, said)
        found += _shared_keys(document, said, sound)
        problems += found
        if not found:
            keys = frozenset(filter(None, (with_environment(key) for key in said.keys)))
            sound[document.name] = Collector(document.name, said, keys, settings, document)
    return sound, problems


def with_environment(text: str, environment: Mapping[str, str] | None = None) -> str:
    """A text with every `${NAME}` replaced; empty if one of them is not set."""
    values = os.environ if environment is None else environment
    if any(not values.get(name) for name in _VARIABLE.findall(text)):
        return ""
    return _VARIABLE.sub(lambda found: values[found.group(1)], text)


def missing_variables(collector: Collector, environment: Mapping[str, str] | None = None) -> list[str]:
    """The environment variables that its keys name and that are not set."""
    values = os.environ if environment is None else environment
    named = {name for key in collector.said.keys for name in _VARIABLE.findall(key)}
    return sorted(name for name in named if not values.get(name))


def _formats(document: Document, said: CollectorFile) -> tuple[dict[str, Declaration], list[Problem]]:
    """The settings of each wire format it speaks."""
    known, given = formats(), said.formats
    names = list(given) or list(known)
    settings: dict[str, Declaration] = {}
    problems: list[Problem] = []
    for place, name in enumerate(names):
        if name not in known:
            key: str | int = name if isinstance(given, dict) else place
            expected = suggest(name, known)
            problems.append(
                document.problem(("formats", key), f"there is no wire format '{name}'", expected=expected)
            )
            continue
        read = _settings(document, name, known[name], given)
        if isinstance(read, list):
            problems += read
        elif read is not None:
            settings[name] = read
    return settings, problems


def _settings(
    document: Document, name: str, format_: Format, given: object
) -> Declaration | list[Problem] | None:
    """A format's settings; None: it cannot be spoken without any, and was not asked for by name."""
    block = given.get(name, {}) if isinstance(given, dict) else {}
    place = ("formats", name)
    lines = {each[2:]: line for each, line in document.lines.items() if each[:2] == place}
    inner = Document(document.file, document.name, block, {(): document.line(place), **lines})
    read = read_declaration(inner, format_.fields)
    if not isinstance(read, list):
        return read
    if not given:
        return None
    return [replace(one, path=f"formats.{name}.{one.path}".rstrip(".")) for one in read]


def _shared_keys(
    document: Document, said: CollectorFile, others: Mapping[str, Collector]
) -> Iterator[Problem]:
    for place, key in enumerate(said.keys):
        taken = [other.name for other in others.values() if key in other.said.keys]
        if taken:
            yield document.problem(
                ("keys", place), f"the collector {taken[0]} has the same key", expected="give each its own"
            )
