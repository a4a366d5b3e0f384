"""Rules in Python are the rules of files, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from headwater.audiences import build
from headwater.audiences.build import (
    Term,
    after,
    ago,
    ahead,
    all_of,
    any_of,
    at_least,
    at_most,
    before,
    contains_all,
    contains_any,
    days_since_last,
    did,
    did_on_days,
    distinct,
    first_time,
    household_of,
    in_audience,
    in_list,
    last_time,
    matches,
    one_of,
    sample,
    sequence,
    split,
    sql,
    starts_with,
    step,
    top,
    total,
    trait,
)
from headwater.audiences.build_text import python_of
from headwater.audiences.comparison import comparisons
from headwater.audiences.example import Example
from headwater.audiences.operator import operators
from headwater.audiences.parse import parse_rule
from headwater.audiences.rule import Rule, to_data
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.errors import Bug

SAID: dict[str, tuple[Term, dict[str, object]]] = {
    "did": (
        did("purchase").where(category="coffee", revenue=at_least(2.5)).at_least(3).within(days=90),
        {
            "did": "purchase",
            "where": {"category": "coffee", "revenue": {"at_least": 2.5}},
            "at_least": 3,
            "within": {"last": "90 days"},
        },
    ),
    "properties that are no words of Python's": (
        did("purchase").where({"is-gift.x": True}, class_="a").where({"from": ["a", "b"]}),
        {"did": "purchase", "where": {"is-gift.x": True, "class_": "a", "from": ["a", "b"]}},
    ),
    "two tests": (
        did("page").where(revenue=at_least(1) & at_most(5)).exactly(0),
        {"did": "page", "where": {"revenue": {"at_least": 1, "at_most": 5}}, "exactly": 0},
    ),
    "since": (did("page").within(since=date(2017, 6, 1)), {"did": "page", "within": {"since": "2017-06-01"}}),
    "from to": (
        did("page").within(between=("2017-06-01", datetime(2017, 6, 30, 9, tzinfo=UTC))),
        {"did": "page", "within": {"between": ["2017-06-01", "2017-06-30T09:00:00+00:00"]}},
    ),
    "relative from to": (
        did("page").within(between=(ago(days=30), ago(days=7))),
        {"did": "page", "within": {"between": ["30 days ago", "7 days ago"]}},
    ),
    "more than ago": (
        did("page").within(more_than_ago="30 days"),
        {"did": "page", "within": {"more_than_ago": "30 days"}},
    ),
    "this": (did("page").within(this="month"), {"did": "page", "within": {"this": "month"}}),
    "previous": (did("page").within(previous="quarter"), {"did": "page", "within": {"previous": "quarter"}}),
    "did on days": (
        did_on_days("purchase").at_most(2).within(weeks=4),
        {"did_on_days": "purchase", "at_most": 2, "within": {"last": "4 weeks"}},
    ),
    "first time": (
        first_time("purchase").where(category="tea").after(ago(days=30)),
        {"first_time": "purchase", "where": {"category": "tea"}, "is": {"after": "30 days ago"}},
    ),
    "last time": (
        last_time("purchase").before(ahead(hours=7)),
        {"last_time": "purchase", "is": {"before": "in 7 hours"}},
    ),
    "days since last": (
        days_since_last("purchase").at_least(3).less_than(9),
        {"days_since_last": "purchase", "is": {"at_least": 3, "less_than": 9}},
    ),
    "total": (
        total("revenue").of("purchase").within(months=1).at_least(100),
        {"total": "revenue", "of": "purchase", "within": {"last": "1 months"}, "is": {"at_least": 100}},
    ),
    "distinct": (
        distinct("product_id").of("purchase").where(category=starts_with("co")).between(2, 5),
        {
            "distinct": "product_id",
            "of": "purchase",
            "where": {"category": {"starts_with": "co"}},
            "is": {"between": [2, 5]},
        },
    ),
    "trait": (trait("age").at_least(18), {"trait": "age", "is": {"at_least": 18}}),
    "a bare value": (trait("tier").is_("gold"), {"trait": "tier", "is": "gold"}),
    "a bare list": (trait("tier").is_(["gold", "silver"]), {"trait": "tier", "is": ["gold", "silver"]}),
    "tests made before": (
        trait("tier").is_(one_of("a", "b") & matches("^a")),
        {"trait": "tier", "is": {"one_of": ["a", "b"], "matches": "^a"}},
    ),
    "lists": (
        trait("tags").is_(contains_any("a", "b") & contains_all("c")),
        {"trait": "tags", "is": {"contains_any": ["a", "b"], "contains_all": ["c"]}},
    ),
    "instants": (
        trait("joined").is_(after("2017-06-01") & before(date(2018, 1, 1))),
        {"trait": "joined", "is": {"after": "2017-06-01", "before": "2018-01-01"}},
    ),
    "missing": (trait("age").exists(False), {"trait": "age", "is": {"exists": False}}),
    "sequence": (
        sequence(
            step("view").where(category="coffee"),
            step("purchase")
            .gap(days=2)
            .same(product_id=1)
            .without(step("refund").where(revenue=at_least(1)).same({"product_id": 1})),
        )
        .lasting(days=7)
        .at_least(2)
        .within(days=90),
        {
            "sequence": [
                {"did": "view", "where": {"category": "coffee"}},
                {
                    "did": "purchase",
                    "gap": "2 days",
                    "same": {"product_id": 1},
                    "without": {
                        "did": "refund",
                        "where": {"revenue": {"at_least": 1}},
                        "same": {"product_id": 1},
                    },
                },
            ],
            "lasting": "7 days",
            "at_least": 2,
            "within": {"last": "90 days"},
        },
    ),
    "audience": (in_audience("lapsed"), {"in_audience": "lapsed"}),
    "list": (~in_list("no_mail"), {"not": {"in_list": "no_mail"}}),
    "top": (top(1000, by="revenue"), {"top": 1000, "by": "revenue", "order": "highest"}),
    "top share": (
        top("10%", by="revenue", order="lowest"),
        {"top": "10%", "by": "revenue", "order": "lowest"},
    ),
    "sample": (sample("10%", salt="winter"), {"sample": "10%", "salt": "winter"}),
    "split": (
        split("B", parts={"A": 50, "B": 50}, salt="winter"),
        {"split": "B", "parts": {"A": 50, "B": 50}, "salt": "winter"},
    ),
    "household": (household_of("lapsed"), {"household_of": "lapsed", "by": "household_id"}),
    "sql": (sql("SELECT profile_id FROM traits"), {"sql": "SELECT profile_id FROM traits"}),
    "and of three": (
        did("a") & did("b") & ~did("c"),
        {"all": [{"did": "a"}, {"did": "b"}, {"not": {"did": "c"}}]},
    ),
    "and of or": (
        (did("a") | did("b")) & did("c"),
        {"all": [{"any": [{"did": "a"}, {"did": "b"}]}, {"did": "c"}]},
    ),
    "all and any": (
        all_of(any_of(did("a")), all_of(did("b"))),
        {"all": [{"any": [{"did": "a"}]}, {"all": [{"did": "b"}]}]},
    ),
}

PARTS: dict[str, tuple[Example, ...]] = {
    **{name: operator.examples for name, operator in operators().items()},
    **{name: comparison.examples for name, comparison in comparisons().items()},
}
EXAMPLES = [
    pytest.param(name, example.rule, id=f"{name} {number}")
    for name, examples in PARTS.items()
    for number, example in enumerate(examples, start=1)
]


def vocabulary_for(name: str) -> Vocabulary:
    """Traits have the type that the examples of a part give them."""
    kinds = {
        bool: "boolean",
        str: "text",
        int: "number",
        float: "number",
        datetime: "instant",
        tuple: "texts",
    }
    found = {
        trait: ValueType(kinds[type(value)])
        for example in PARTS[name]
        for person in (example.person, *example.others)
        for trait, value in person.traits.items()
        if type(value) in kinds
    }
    return Vocabulary(traits=found, audiences=frozenset({"lapsed"}), lists=frozenset({"vip"}))


@pytest.mark.parametrize(("term", "data"), SAID.values(), ids=SAID.keys())
def test_a_term_says_what_yaml_says(term: Term, data: dict[str, object]) -> None:
    assert term.to_data() == data


@pytest.mark.parametrize(("name", "data"), EXAMPLES)
def test_every_example_of_every_operator_and_comparison_can_be_built(
    name: str, data: dict[str, object]
) -> None:
    vocabulary = vocabulary_for(name)
    parsed = parse_rule(data, vocabulary)
    assert not isinstance(parsed, list), parsed
    for said in (data, to_data(parsed)):
        term = eval(python_of(said), vars(build))
        assert build.rule(term, vocabulary) == parsed


@pytest.mark.parametrize("name", PARTS)
def test_every_operator_and_comparison_has_a_function_of_its_name(name: str) -> None:
    assert name in build.__all__
    assert callable(getattr(build, name))


@pytest.mark.parametrize("name", comparisons())
def test_every_comparison_is_a_method_of_values(name: str) -> None:
    assert callable(getattr(trait("age"), name))


@pytest.mark.parametrize(
    "data",
    [{"dod": "a"}, {"did": "a", "often": 3}, {"did": "a", "within": {"last": "3 fortnights"}}],
    ids=str,
)
def test_what_has_no_word_is_not_passed_over(data: dict[str, object]) -> None:
    with pytest.raises(Bug, match="no word for"):
        python_of(data)


def test_a_value_that_is_compared_with_nothing_is_no_rule() -> None:
    for unfinished in (trait("age"), total("revenue"), total("revenue").of("purchase"), step("view")):
        assert not isinstance(unfinished, Term)


def test_a_rule_reads_as_people_would_write_it() -> None:
    term = did("purchase").where(category="coffee", revenue=at_least(2.5)).within(days=90).at_least(3)
    text = python_of(term.to_data())
    assert text == (
        "did('purchase').where(category='coffee', revenue=at_least(2.5)).within(days=90).at_least(3)"
    )


def test_terms_do_not_change_when_they_are_built_upon() -> None:
    base = did("purchase").where(category="coffee")
    before_ = base.to_data()
    _ = base.where(revenue=1), base.at_least(3), base & did("page"), ~base
    base.to_data()["where"] = "something else"
    assert base.to_data() == before_


def test_a_rule_is_judged_by_what_a_project_knows() -> None:
    known = Vocabulary(events=frozenset({"purchase"}), traits={"age": ValueType.NUMBER})
    assert isinstance(build.rule(did("purchase") & trait("age").at_least(18), known), Rule)
    problems = build.rule(did("purchas") & trait("age").equals("x") & sample("0%", salt=""), known)
    assert isinstance(problems, list)
    assert [problem.path for problem in problems] == [
        "rule.all[0].did",
        "rule.all[1].is.equals",
        "rule.all[2].sample",
        "rule.all[2].salt",
    ]


def test_the_page_about_projects_shows_rules_that_can_be_built() -> None:
    page = (Path(__file__).parents[2] / "docs" / "project.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    known = Vocabulary(events=frozenset({"purchase", "refund"}), traits={"joined": ValueType.INSTANT})
    names: dict[str, object] = {"vocabulary": known}
    exec(code.replace("ago(days=365)", '"2016-07-01"'), names)
    asked = names["asked"]
    assert isinstance(asked, Term)
    assert not isinstance(build.rule(asked, known), list)


MISUSES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "and": (lambda: did("a") and did("b"), TypeError, "&"),
    "not": (lambda: not did("a"), TypeError, "~"),
    "two windows": (lambda: did("a").within(days=1, since="2017-01-01"), ValueError, "one stretch"),
    "no window": (lambda: did("a").within(), ValueError, "one stretch"),
    "two units": (lambda: ago(days=1, hours=2), ValueError, "one amount"),
    "a window twice": (lambda: did("a").within(days=1).within(days=2), ValueError, "already"),
    "a property twice": (lambda: did("a").where(x=1).where(x=2), ValueError, "already"),
    "a comparison twice": (lambda: trait("a").at_least(1).at_least(2), ValueError, "already"),
    "a comparison after a value": (lambda: trait("a").is_("x").at_least(2), ValueError, "already"),
    "a test twice": (lambda: at_least(1) & at_least(2), ValueError, "twice"),
}


@pytest.mark.parametrize(("build_it", "error", "said"), MISUSES.values(), ids=MISUSES.keys())
def test_what_python_cannot_mean_is_refused_where_it_is_written(
    build_it: Callable[[], object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        build_it()
