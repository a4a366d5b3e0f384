"""No label is lost on its way: whatever a rule names, at any depth, gives the rule its labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace

from hypothesis import given, settings, strategies as st
from tests.properties.test_one_meaning import TRAITS, VOCABULARY, parsed, rules, trees

from headwater.audiences.lineage import Lineage, with_audiences
from headwater.audiences.operators.in_audience import InAudience
from headwater.audiences.rule import All, Any, Not, Rule
from headwater.privacy.labels import Label, Origin


def of(what: str) -> frozenset[Origin]:
    return frozenset({Origin(Label.SENSITIVE, what)})


PROPERTIES = ("category", "revenue", "quantity", "colour", "is-gift.x")
LINEAGE = Lineage(
    {name: of(name) for name in TRAITS},
    {event: {"": of(event), **{name: of(name) for name in PROPERTIES}} for event in VOCABULARY.events},
    {name: of(name) for name in VOCABULARY.lists},
    {name: of(name) for name in VOCABULARY.audiences},
)
NAMES = {*TRAITS, *PROPERTIES, *VOCABULARY.events, *VOCABULARY.lists, *VOCABULARY.audiences}


def words(data: object) -> Iterator[str]:
    """Every key and every text that stands in a rule's YAML; of SQL every word."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield key
            yield from words(value)
            if key == "sql":
                yield from re.findall(r"\w+", value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from words(value)
    elif isinstance(data, str):
        yield data


@settings(max_examples=40, deadline=None)
@given(data=trees)
def test_whatever_a_rule_names_gives_it_labels(data):
    told = {origin.what for origin in LINEAGE.of_rule(parsed(data))}
    assert NAMES & set(words(data)) <= told
    if "sql" not in set(words(data)):
        assert told <= set(words(data))


@settings(max_examples=25, deadline=None)
@given(rule=rules, other=rules)
def test_no_branch_takes_a_label_away(rule: Rule, other: Rule):
    both = LINEAGE.of_rule(rule) | LINEAGE.of_rule(other)
    assert LINEAGE.of_rule(All((rule, Not(other)))) == LINEAGE.of_rule(Any((other, rule))) == both


@settings(max_examples=25, deadline=None)
@given(named=st.lists(rules, min_size=1, max_size=4), data=st.data())
def test_an_audience_carries_what_those_it_refers_to_carry(named, data):
    """Audiences in a row, each of which may name the one before, carry at least what that one carries."""
    chain = []
    for place, rule in enumerate(named):
        names = place > 0 and data.draw(st.booleans())
        chain.append(All((rule, InAudience(f"a{place - 1}"))) if names else rule)
    audiences = {f"a{place}": SimpleNamespace(rule=rule) for place, rule in enumerate(chain)}
    found = with_audiences(Lineage(LINEAGE.traits, LINEAGE.events, LINEAGE.lists), audiences)
    for place, rule in enumerate(chain):
        assert found.audiences[f"a{place}"] == found.of_rule(rule)
        if rule is not named[place]:
            assert found.audiences[f"a{place - 1}"] <= found.audiences[f"a{place}"]
