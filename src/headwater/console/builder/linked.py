"""A new audience that is begun elsewhere: its rule comes with the address of the page where it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from headwater.console.builder.rule_text import with_rule

_RULE = "rule"
MOST_CHARACTERS = 8_000


def new_audience(rule: Mapping[str, object]) -> str:
    """Where an audience of this rule is written. The rule is JSON there, which nobody can make grow as it is read."""
    return f"/new-audience?{urlencode({_RULE: json.dumps(rule, ensure_ascii=False, default=str)})}"


def begun_with(query: Mapping[str, str], text: str) -> str:
    """The text of a new audience with the rule that its address brings; as it was, if that is none."""
    said = query.get(_RULE, "")[:MOST_CHARACTERS]
    try:
        rule = json.loads(said)
        return with_rule(text, rule) if isinstance(rule, dict) else text
    except (ValueError, RecursionError):
        return text
