"""A rule and a description as they stand in a file's text: taken out of it as plain data, and put back without touching what
else stands there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from headwater.console.desk.files import edited
from headwater.core.documents import Document, parse_document

_KEY = re.compile(r"[a-z_]+:")  # a text that begins with a key, and with no comment about what follows


def rule_in(text: str) -> object:
    """The rule that a text says, as plain data; None: it says none.

    >>> rule_in("rule: {did: purchase}")
    {'did': 'purchase'}
    """
    return _keys(text).get("rule")


def description_in(text: str) -> str:
    """The description that a text says, in one line; empty: it says none."""
    said = _keys(text).get("description")
    return " ".join(said.split()) if isinstance(said, str) else ""


def with_description(text: str, said: str) -> str:
    r"""The text of a file with another description, which comes first where there was none; an empty one is not written.

    >>> with_description("rule: {did: purchase}  # ours\n", "Tea"), with_description("description: Tea\n", " ")
    ('description: Tea\nrule: {did: purchase}  # ours\n', '{}\n')

    Raises:
        UserError: the text is no YAML of keys and values.
    """
    told = " ".join(said.split())
    if told and _KEY.match(text) and "description" not in _keys(text):
        return edited("", {"description": told}, "the text") + text
    return edited(text, {"description": told or None}, "the text")


def _keys(text: str) -> Mapping[str, object]:
    """What a text says, by its keys; nothing, if it is no YAML of keys and values."""
    document = parse_document(text.encode("utf-8", "replace"), "the text")
    data = document.data if isinstance(document, Document) else None
    return data if isinstance(data, dict) else {}


def is_sound(text: str) -> bool:
    """Whether a text is YAML of keys and values, so that a rule can be put into it; an empty one can be begun."""
    document = parse_document(text.encode("utf-8", "replace"), "the text")
    return not text.strip() or (isinstance(document, Document) and isinstance(document.data, dict))


def with_rule(text: str, rule: object) -> str:
    r"""The text of a file with another rule; what else stands in it stays, its comments too.

    >>> with_rule("description: Tea  # ours\nrule: {did: purchase}\n", {"did": "page"})
    'description: Tea  # ours\nrule: {did: page}\n'

    Raises:
        UserError: the text is no YAML of keys and values.
    """
    return edited(text, {"rule": _fresh(rule)}, "the text")


def one_line(value: object) -> str:
    """A value as YAML in one line.

    >>> one_line({"last": "90 days"}), one_line("tea"), one_line(None)
    ('{last: 90 days}', 'tea', '')
    """
    if value is None:
        return ""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width = True, 1_000_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # as it was written
    yaml.representer.ignore_aliases = lambda _: True
    out = io.StringIO()
    yaml.dump(value, out)
    return " ".join(out.getvalue().replace("\n...\n", "").split())


def from_line(text: str) -> object:
    """A value that was typed as YAML; None: nothing, the text itself where it is no YAML, which the rule's judge then tells.

    >>> from_line("{last: 90 days}"), from_line("2017-06-01"), from_line("[")
    ({'last': '90 days'}, '2017-06-01', '[')
    """
    try:
        document = parse_document(f"value: {text}".encode(), "the line")
    except YAMLError:
        return text
    if isinstance(document, Document) and isinstance(document.data, dict) and len(document.data) == 1:
        return document.data["value"]
    return text


def _fresh(value: object) -> object:
    """The same in new lists and mappings, so that what stands twice is written twice."""
    if isinstance(value, Mapping):
        return {key: _fresh(each) for key, each in value.items()}
    return [_fresh(each) for each in value] if isinstance(value, (list, tuple)) else value
