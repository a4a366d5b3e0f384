from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.audiences.parse import parse, parse_rule, read_audiences
from headwater.audiences.rule import Rule, describe, fingerprint
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.documents import Document
from headwater.core.errors import Problem
from headwater.core.project import Project, open_project

VOCABULARY = Vocabulary(
    events=frozenset({"purchase", "page"}),
    properties={"tags": ValueType.TEXTS},
    traits={
        "age": ValueType.TEXT,
        "score": ValueType.NUMBER,
        "joined": ValueType.INSTANT,
        "interests": ValueType.TEXTS,
    },
    audiences=frozenset({"lapsed", "coffee_lovers"}),
)
MakeProject = Callable[[dict[str, str]], Project]


@pytest.fixture
def project(tmp_path: Path) -> MakeProject:
    def make(audiences: dict[str, str]) -> Project:
        (tmp_path / "audiences").mkdir()
        (tmp_path / "headwater.yaml").write_text(
            "project: shop\npurposes: {email_marketing: {description: Letters}}\n"
        )
        for name, text in audiences.items():
            (tmp_path / "audiences" / f"{name}.yaml").write_text(text)
        return open_project(tmp_path)

    return make


def rule(data: object) -> Rule:
    found = parse_rule(data, VOCABULARY)
    assert not isinstance(found, list), found
    return found


def problems(data: object, name: str = "tea") -> list[Problem]:
    found = parse(Document("audiences/tea.yaml", name, {"rule": data}), VOCABULARY)
    assert isinstance(found, list), found
    return found


def nested(levels: int) -> object:
    return {"did": "page"} if levels == 1 else {"not": nested(levels - 1)}


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        pytest.param({"dit": "purchase"}, "rule.dit", "did you mean 'did'?", id="an unknown operator"),
        pytest.param({"did": "purchas"}, "rule.did", "did you mean 'purchase'?", id="an unknown event"),
        pytest.param(
            {"trait": "agee", "is": "x"}, "rule.trait", "did you mean 'age'?", id="an unknown trait"
        ),
        pytest.param(
            {"in_audience": "lapst"}, "rule.in_audience", "did you mean 'lapsed'?", id="an unknown audience"
        ),
        pytest.param(
            {"in_audience": "tea"}, "rule.in_audience", "tea → tea", id="an audience that names itself"
        ),
        pytest.param(
            {"trait": "age", "is": {"atleast": 1}},
            "rule.is.atleast",
            "'at_least'",
            id="an unknown comparison",
        ),
        pytest.param(
            {"trait": "age", "is": {"at_least": 1}},
            "rule.is.at_least",
            "a number, but this is text",
            id="a number for text",
        ),
        pytest.param(
            {"trait": "score", "is": "high"}, "rule.is", "text, but this is a number", id="text for a number"
        ),
        pytest.param(
            {"trait": "joined", "is": "2017-01-01"},
            "rule.is",
            "use after, before or between",
            id="an instant equals nothing",
        ),
        pytest.param(
            {"trait": "joined", "is": {"after": "soon"}},
            "rule.is.after",
            "2017-06-01",
            id="a date that is none",
        ),
        pytest.param({"trait": "age", "is": {}}, "rule.is", "empty", id="no comparison"),
        pytest.param({"trait": "age", "is": None}, "rule.is", "exists: false", id="null instead of exists"),
        pytest.param({"trait": "age"}, "rule", "'is' is missing", id="a trait that must be nothing"),
        pytest.param({"trait": "age", "is": []}, "rule.is", "at least one value", id="an empty list"),
        pytest.param({"trait": "age", "is": ["a", 1]}, "rule.is", "mixes", id="a list of several types"),
        pytest.param(
            {"trait": "score", "is": list(range(10_001))}, "rule.is", "10,001", id="a list that is too long"
        ),
        pytest.param({"trait": "score", "is": float("nan")}, "rule.is", "finite", id="NaN"),
        pytest.param(
            {"trait": "score", "is": {"at_most": True}}, "rule.is.at_most", "number", id="true as a number"
        ),
        pytest.param(
            {"trait": "score", "is": {"between": [3, 1]}},
            "rule.is.between",
            "begins after",
            id="ends that are swapped",
        ),
        pytest.param({"did": "page", "where": {}}, "rule.where", "properties", id="an empty where"),
        pytest.param(
            {"did": "page", "where": {"product_id": 7}},
            "rule.where.product_id",
            'write it in quotes: "7"',
            id="a number for a text column",
        ),
        pytest.param(
            {"did": "page", "where": {"x": {"after": "2017-01-01"}}},
            "rule.where.x",
            "no instant",
            id="an instant in JSON",
        ),
        pytest.param(
            {"did": "page", "where": {'a"b': 1}},
            'rule.where.a"b',
            "name of a property",
            id="a property with quotes",
        ),
        pytest.param(
            {"did": "page", "at_least": 0}, "rule.at_least", "greater than or equal to 1", id="at least none"
        ),
        pytest.param(
            {"did": "page", "exactly": -1},
            "rule.exactly",
            "greater than or equal to 0",
            id="a negative count",
        ),
        pytest.param(
            {"did": "page", "at_least": 1, "at_most": 2}, "rule", "no more than one", id="two counts"
        ),
        pytest.param(
            {"did": "page", "at_leest": 2}, "rule.at_leest", "did you mean 'at_least'?", id="an unknown key"
        ),
        pytest.param(
            {"did": "page", "within": {"last": "0 days"}},
            "rule.within.last",
            "longer than nothing",
            id="an empty window",
        ),
        pytest.param(
            {"did": "page", "within": {"last": "-3 days"}},
            "rule.within.last",
            "longer than nothing",
            id="a negative window",
        ),
        pytest.param(
            {"did": "page", "within": {"last": "3 fortnights"}},
            "rule.within.last",
            "units: minutes",
            id="an unknown unit",
        ),
        pytest.param(
            {"did": "page", "within": {"last": "101 years"}},
            "rule.within.last",
            "100 years",
            id="a window past the calendar",
        ),
        pytest.param(
            {"did": "page", "within": {}},
            "rule.within",
            "one of last, more_than_ago, since",
            id="a window without edges",
        ),
        pytest.param(
            {"did": "page", "within": {"between": ["2017-02-01", "2017-01-01"]}},
            "rule.within.between",
            "begins after",
            id="a window that ends first",
        ),
        pytest.param(
            {"total": "category", "of": "page", "is": 1},
            "rule.total",
            "only numbers have a total",
            id="a total of text",
        ),
        pytest.param(
            {"total": "revenue", "of": "pag", "is": 1},
            "rule.of",
            "did you mean 'page'?",
            id="a total over an unknown event",
        ),
        pytest.param(
            {"total": "revenue", "of": "page", "is": {"exists": False}},
            "rule.is.exists",
            "exactly: 0",
            id="a total that is missing",
        ),
        pytest.param({"all": []}, "rule.all", "at least one", id="all of nothing"),
        pytest.param({"any": {"did": "page"}}, "rule.any", "must be a list", id="any without a list"),
        pytest.param(
            {"all": [{"did": "page"}], "did": "page"},
            "rule.did",
            "put it into `all`",
            id="a condition beside all",
        ),
        pytest.param({"did": "page", "trait": "age"}, "rule", "two conditions", id="two conditions in one"),
        pytest.param([{"did": "page"}], "rule", "must be a condition", id="a list as a rule"),
        pytest.param({"not": None}, "rule.not", "must be a condition", id="not nothing"),
        pytest.param(
            {"did": "page", "within": {"more_than_ago": "0 days"}},
            "rule.within.more_than_ago",
            "longer than nothing",
            id="more than no time ago",
        ),
        pytest.param(
            {"did": "page", "within": {"last": "-3 days"}},
            "rule.within.last",
            "longer than nothing",
            id="a negative amount of time",
        ),
        pytest.param(
            {"did": "page", "within": {"last": "60"}},
            "rule.within.last",
            "write 60 days",
            id="an amount of time without its unit",
        ),
        pytest.param(
            {"did": "page", "within": {"last": 60}},
            "rule.within.last",
            "write 60 days",
            id="a number in place of an amount of time",
        ),
        pytest.param(
            {"did": "page", "where": {"": {"nothing": 1}}},
            "rule.where",
            "choose a property",
            id="a filter of no property",
        ),
        pytest.param(
            {"did": "page", "within": {"this": "weak"}},
            "rule.within.this",
            "did you mean 'week'?",
            id="an unknown period",
        ),
        pytest.param(
            {"did": "page", "within": {"since": "in 3 days"}},
            "rule.within.since",
            "after now",
            id="a window that begins after now",
        ),
        pytest.param(
            {"did": "page", "within": {"between": ["1 week ago", "30 days ago"]}},
            "rule.within.between",
            "begins after",
            id="relative moments that are swapped",
        ),
        pytest.param(
            {"trait": "joined", "is": {"before": "0 days ago"}},
            "rule.is.before",
            "longer than nothing",
            id="no time ago",
        ),
        pytest.param(
            {"trait": "joined", "is": {"after": "in 3 moons"}},
            "rule.is.after",
            "units: minutes",
            id="an unknown unit ahead",
        ),
        pytest.param(
            {"trait": "score", "is": {"after": "30 days ago"}},
            "rule.is.after",
            "an instant, but this is a number",
            id="a moment for a number",
        ),
        *(
            pytest.param({"trait": "age", "is": {"matches": pattern}}, "rule.is.matches", says, id=name)
            for pattern, says, name in [
                ("(a", "RE2's syntax: missing )", "a pattern that is none"),
                (r"(a)\1", "back reference", "a pattern with a back reference"),
                ("a(?=b)", "look-around", "a pattern that looks ahead"),
                ("(?<!b)a", "look-around", "a pattern that looks behind"),
                ("a" * 1001, "1,001 characters", "a pattern that is too long"),
                ("((a{100}){100}){100}", "repeat less", "a pattern that explodes"),
                (r"(\pL{100}){9}", "repeat less", "a pattern that is too large when compiled"),
                ("", "empty", "a pattern of nothing"),
                (7, "must be text", "a number as a pattern"),
            ]
        ),
        pytest.param(
            {"trait": "score", "is": {"matches": "a"}},
            "rule.is.matches",
            "text, but this is a number",
            id="a pattern for a number",
        ),
        pytest.param(
            {"trait": "interests", "is": "tea"},
            "rule.is",
            "equals compares with text, but this is a list (found 'tea'); use contains_any",
            id="text for a list",
        ),
        pytest.param(
            {"trait": "interests", "is": ["tea", "milk"]},
            "rule.is",
            "one_of compares with text, but this is a list (found ['tea', 'milk']); use contains_any",
            id="one of several for a list",
        ),
        pytest.param(
            {"trait": "interests", "is": {"at_least": 2}},
            "rule.is.at_least",
            "a number, but this is a list (found 2); use contains_any",
            id="a number for a list",
        ),
        pytest.param(
            {"trait": "age", "is": {"contains_any": ["a"]}},
            "rule.is.contains_any",
            "a list, but this is text (found ['a']); use one_of",
            id="a list for text",
        ),
        pytest.param(
            {"did": "page", "where": {"category": {"contains_all": ["a"]}}},
            "rule.where.category.contains_all",
            "a list, but this is text",
            id="a list for a text column",
        ),
        pytest.param(
            {"trait": "interests", "is": {"contains_any": "tea"}},
            "rule.is.contains_any",
            "list of texts: write it in brackets",
            id="one text that is no list",
        ),
        pytest.param(
            {"trait": "interests", "is": {"contains_all": [1, 2]}},
            "rule.is.contains_all",
            "list of texts: write them in quotes",
            id="a list of numbers",
        ),
        pytest.param(
            {"trait": "interests", "is": {"contains_all": []}},
            "rule.is.contains_all",
            "at least one value",
            id="a list of nothing to hold",
        ),
        pytest.param(
            {"trait": "interests", "is": {"contains_any": [str(n) for n in range(10_001)]}},
            "rule.is.contains_any",
            "10,001",
            id="a list to hold that is too long",
        ),
        pytest.param(
            {"top": 3, "by": "interests"}, "rule.by", "'interests' is texts", id="the top by a list"
        ),
        pytest.param(
            {"household_of": "lapsed", "by": "interests"}, "rule.by", "no single value", id="the same list"
        ),
        pytest.param(
            {"distinct": "tags", "of": "page", "is": {"at_least": 1}},
            "rule.distinct",
            "'tags' is a list, which has no distinct",
            id="different lists",
        ),
        pytest.param(
            {"sequence": [{"did": "page"}, {"did": "page", "same": {"tags": 1}}]},
            "rule.sequence[1].same.tags",
            "it is a list",
            id="the same list in another step",
        ),
        pytest.param(nested(60), "rule" + ".not" * 20, "20 levels", id="a rule of 60 levels"),
        pytest.param(nested(21), "rule" + ".not" * 20, "20 levels", id="a rule nested too deep"),
    ],
)
def test_a_wrong_rule_is_told_where_and_what_would_be_right(data: object, path: str, says: str) -> None:
    found = problems(data)
    assert [problem.path for problem in found] == [path]
    assert says in str(found[0])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"trait": "score", "is": {"at_least": 200, "0": None}}, "write a point for decimals"),
        ({"did": "page", "at_least": 2, "50": None}, "write a point for decimals"),
        ({"did": "page", "at_least": "two"}, "must be a whole number (found 'two')"),
        ({"did": "page", "at_least": "3"}, "(found '3'); write it without quotes: 3"),
        ({"trait": "score", "is": {"less_than": "250"}}, "(found '250'); write it without quotes: 250"),
        ({"trait": "score", "is": {"less_than": "2,5"}}, "write it without quotes: 2.5"),
    ],
)
def test_a_number_written_another_way_is_told_how_to_write_it(data: object, says: str) -> None:
    [found] = problems(data)
    assert says in str(found)


@pytest.mark.parametrize(
    "data",
    [
        {"trait": "city", "is": 1},
        {"did": "returned"},
        {"in_audience": "broken"},
        {"trait": "city", "is": "x"},
    ],
)
def test_a_name_that_stands_in_a_file_with_mistakes_is_accepted(data: object) -> None:
    assert isinstance(parse_rule(data, VOCABULARY), list)
    known = replace(VOCABULARY, unread=frozenset({"city", "returned", "broken"}))
    assert not isinstance(parse_rule(data, known), list)


def test_twenty_levels_are_allowed() -> None:
    rule(nested(20))


def test_all_problems_are_reported_together_each_with_its_place() -> None:
    found = problems(
        {
            "all": [
                {"did": "purchas", "where": {"revenue": {"at_lest": 1}}, "within": {"last": "0 days"}},
                {"any": [{"trait": "agee", "is": {"one_of": []}}, {"in_audience": "nobody"}]},
                {"not": {}},
            ]
        }
    )
    assert sorted(problem.path for problem in found) == [
        "rule.all[0].did",
        "rule.all[0].where.revenue.at_lest",
        "rule.all[0].within.last",
        "rule.all[1].any[0].is.one_of",
        "rule.all[1].any[0].trait",
        "rule.all[1].any[1].in_audience",
        "rule.all[2].not",
    ]


def test_a_condition_with_a_wrong_field_is_judged_in_its_other_fields_too() -> None:
    given = {"did": "purchas", "at_least": -1, "tims": 3, "within": {"last": "0 days"}}
    assert sorted(problem.path for problem in problems(given)) == [
        "rule.at_least",
        "rule.did",
        "rule.tims",
        "rule.within.last",
    ]
    assert [problem.path for problem in problems({"trait": "agee"})] == ["rule"]  # there is no `is`


def test_every_kind_of_mistake_is_told_in_one_go_with_its_value_and_what_would_be_right() -> None:
    wrong: list[tuple[object, str, str]] = [
        ({"dit": "purchase"}, ".dit", "there is no operator 'dit'; did you mean 'did'?"),
        ({"trait": "agee", "is": "x"}, ".trait", "there is no trait 'agee'; did you mean 'age'?"),
        ({"did": "purchas"}, ".did", "there is no event 'purchas'; did you mean 'purchase'?"),
        (
            {"did": "page", "where": {"revenue": "many"}},
            ".where.revenue",
            "equals compares with text, but this is a number (found 'many')",
        ),
        (
            {"did": "page", "within": {"last": "0 days"}},
            ".within.last",
            "must be longer than nothing: 1 or more (found '0 days')",
        ),
        (
            {"did": "page", "at_least": -3},
            ".at_least",
            "must be greater than or equal to 1 (found -3)",
        ),
        (
            {"trait": "age", "is": {"matches": "((a{100}){100}){100}"}},
            ".is.matches",
            "repetitions are written out: repeat less (found '((a{100}){100}){100}')",
        ),
        (
            {"trait": "age", "is": {"matches": "(a)\\1"}},
            ".is.matches",
            r"uses a back reference (\1), which patterns do not have (found '(a)\\1')",
        ),
        (nested(60), ".not" * 19, "is nested deeper than 20 levels; move a part into an audience"),
        (
            {"trait": "age", "is": [f"a{n}" for n in range(10_001)]},
            ".is",
            "lists 10,001 values; at most 10,000 are allowed",
        ),
        ({"in_audience": "tea"}, ".in_audience", "the audience refers to itself: tea → tea"),
    ]
    found = problems({"any": [data for data, _, _ in wrong]})
    assert [each.path for each in found] == [
        f"rule.any[{place}]{path}" for place, (_, path, _) in enumerate(wrong)
    ]
    for each, (_, _, says) in zip(found, wrong, strict=True):
        assert says in str(each)


def test_any_event_is_accepted_while_none_is_known() -> None:
    assert not isinstance(parse_rule({"did": "anything"}, Vocabulary()), list)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"did": "page"}, {"did": "page", "at_least": 1}),
        ({"trait": "age", "is": "a"}, {"trait": "age", "is": {"equals": "a"}}),
        ({"trait": "age", "is": ["b", "a"]}, {"trait": "age", "is": {"one_of": ["a", "b", "a"]}}),
        ({"trait": "score", "is": 1}, {"trait": "score", "is": 1.0}),
        ({"did": "page", "where": {"a": 1, "b": 2}}, {"did": "page", "where": {"b": 2, "a": 1}}),
        ({"did": "page", "within": {"last": "1 day"}}, {"did": "page", "within": {"last": "1  days"}}),
    ],
)
def test_two_ways_to_write_one_meaning_are_equal(short: object, long: object) -> None:
    assert rule(short) == rule(long)
    assert fingerprint(rule(short)) == fingerprint(rule(long))


def test_one_and_true_are_different_values() -> None:
    assert rule({"did": "page", "where": {"x": 1}}) != rule({"did": "page", "where": {"x": True}})


def test_a_fingerprint_is_the_same_in_every_release() -> None:
    # sha256 of {"at_least":1,"did":"page","where":{"x":{"equals":1}}}
    assert fingerprint(rule({"did": "page", "where": {"x": 1}})) == "f31c790980756159249086e8af5fc892"


def test_a_whole_rule_reads_as_english() -> None:
    found = rule(
        {
            "all": [
                {"did": "purchase", "at_least": 3, "within": {"last": "90 days"}},
                {"any": [{"in_audience": "lapsed"}, {"not": {"trait": "age", "is": {"exists": True}}}]},
            ]
        }
    )
    assert describe(found) == (
        "did purchase at least 3 times in the last 90 days and (is in audience lapsed or not (trait age exists))"
    )


def test_audiences_are_read_with_their_description_and_purpose(project: MakeProject) -> None:
    text = "description: Readers\npurpose: email_marketing\nrule: {did: page}\n"
    audiences, found = read_audiences(project({"readers": text}), VOCABULARY)
    assert found == []
    audience = audiences["readers"]
    assert (audience.description, audience.purpose) == ("Readers", "email_marketing")
    assert audience.rule == rule({"did": "page"})


def test_an_audience_with_problems_is_left_out_and_so_is_who_refers_to_it(project: MakeProject) -> None:
    audiences, found = read_audiences(
        project(
            {
                "good": "rule: {did: page}\n",
                "bad": "purpose: email\nrulez: 1\nrule: {did: pagge}\n",
                "upon_bad": "rule: {in_audience: bad}\n",
                "upon_good": "rule: {in_audience: good}\n",
            }
        ),
        VOCABULARY,
    )
    assert list(audiences) == ["good", "upon_good"]
    assert [(p.file, p.line, p.path) for p in found] == [
        ("audiences/bad.yaml", 2, "rulez"),
        ("audiences/bad.yaml", 3, "rule.did"),
    ]


def test_an_unknown_purpose_is_told_with_the_known_one(project: MakeProject) -> None:
    _, found = read_audiences(project({"a": "purpose: email_marketin\nrule: {did: page}\n"}), VOCABULARY)
    assert [str(each) for each in found] == [
        "audiences/a.yaml:1 at purpose: there is no purpose 'email_marketin'; did you mean 'email_marketing'?"
    ]


def test_a_file_name_that_cannot_be_an_id_is_told(project: MakeProject) -> None:
    _, found = read_audiences(project({"Tea Lovers": "rule: {did: page}\n"}), VOCABULARY)
    assert "lower case letters" in str(found[0])


@pytest.mark.parametrize("text", ["", "- a\n", "description: x\n"])
def test_a_file_without_a_rule_is_a_problem(project: MakeProject, text: str) -> None:
    audiences, found = read_audiences(project({"a": text}), VOCABULARY)
    assert (audiences, len(found)) == ({}, 1)


def test_each_circle_is_named_once(project: MakeProject) -> None:
    audiences, found = read_audiences(
        project(
            {
                "c": "rule: {in_audience: a}\n",
                "b": "rule: {not: {in_audience: c}}\n",
                "a": "rule: {any: [{did: page}, {in_audience: b}]}\n",
                "outside": "rule: {in_audience: a}\n",
                "fine": "rule: {did: page}\n",
            }
        ),
        VOCABULARY,
    )
    assert list(audiences) == ["fine"]
    assert [(each.file, each.message) for each in found] == [
        ("audiences/a.yaml", "audiences refer to each other in a circle: a → b → c → a")
    ]
