"""What is behind an answer: the question as a file, and the command that answers the same."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from headwater.console.builder.rule_text import one_line
from headwater.explore.question import Funnel


@dataclass(frozen=True)
class Definition:
    """What is counted: the question as a file, and the command that answers the same."""

    yaml: str
    command: str


def trend_command(data: Mapping[str, object]) -> str:
    """The command that asks the same; with the question in a file, where options cannot say it."""
    said, within = dict(data), data.get("within", {})
    if not isinstance(within, dict) or within.keys() - {"last"}:
        return "headwater explore trend question.yaml"
    words = [
        "headwater",
        "explore",
        "trend",
        str(said["did"]),
        "--by",
        str(said["by"]),
        "--count",
        str(said["count"]),
    ]
    for name in ("of", "split", "split_trait", "top", "audience"):
        if name in said:
            words += [f"--{name.replace('_', '-')}", str(said[name])]
    if "where" in said:
        words += ["--where", one_line(said["where"])]
    if within:
        words += ["--last", str(within["last"])]
    return shlex.join(words)


def funnel_command(question: Funnel) -> str:
    """The command that asks the same; with the question in a file, where options cannot say it."""
    within = question.steps[0].within.to_data()
    if any(each.where for each in question.steps) or within.keys() - {"last"}:
        return "headwater explore funnel question.yaml"
    words = ["headwater", "explore", "funnel", *(each.event for each in question.steps)]
    if question.lasting:
        words += ["--lasting", str(question.lasting.to_data())]
    if within:
        words += ["--last", str(within["last"])]
    for name in question.audiences:
        words += ["--audience", name]
    return shlex.join(words)
