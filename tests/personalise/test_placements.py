"""Placement files: read, checked, every problem at once, each with its line and what would be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headwater.audiences.rule import describe
from headwater.core.clock import Clock
from headwater.personalise.placements import longest_cap
from headwater.privacy.labels import Label

GOOD = """\
purpose: personalisation
holdout: 10%
cap: {most: 3, within: 2 days}
from: 2026-05-01
until: 2026-06-01
rules:
  - when: {in_audience: coffee_lovers}
    variants:
      - {name: a, weight: 2, content: {headline: A}}
      - {name: b, content: [1, true]}
  - variants: [{name: c, content: C}]
fallback: {headline: F}
shows: {traits: [city]}
"""
BANDIT = """\
purpose: personalisation
bandit:
  reward: Order Completed
  within: 7 days
  segments: [lapsed]
  variants: [{name: a, content: A}, {name: b, content: B}]
"""


def test_a_sound_file_is_a_placement(sound):
    hero = sound(GOOD)
    assert (hero.name, hero.purpose, hero.holdout, hero.salt, hero.is_public) == (
        "hero",
        "personalisation",
        100_000,
        "hero",
        True,
    )
    assert [(each.name, each.weight, each.content) for rule in hero.rules for each in rule.variants] == [
        ("a", 2, {"headline": "A"}),
        ("b", 1, [1, True]),
        ("c", 1, "C"),
    ]
    assert describe(hero.rules[0].when) == "is in audience coffee_lovers"
    assert hero.rules[1].when is None
    assert hero.request.fields == {"audience coffee_lovers": frozenset(), "city": frozenset()}


def test_days_are_those_of_the_projects_zone_and_the_last_one_is_in(sound):
    hero = sound(GOOD)
    assert hero.start == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert hero.end == datetime(2026, 6, 1, 22, tzinfo=UTC) - timedelta(microseconds=1)


def test_a_bandit_is_one_rule_of_variants_that_compete(sound):
    hero = sound(BANDIT)
    assert (hero.bandit.reward, hero.bandit.within, hero.bandit.segments) == (
        "Order Completed",
        "7 days",
        ("lapsed",),
    )
    assert [each.name for each in hero.rules[0].variants] == ["a", "b"]


def test_the_longest_cap_says_how_long_to_remember(declare):
    placements, _ = declare({"one": GOOD, "two": GOOD.replace("2 days", "1 hour"), "three": BANDIT})
    clock = Clock(UTC, datetime(2026, 6, 1, tzinfo=UTC))
    assert longest_cap(placements, clock) == timedelta(days=2)
    assert longest_cap({}, clock) == timedelta()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "purpose: personalisation",
            "purpose: personalization",
            "hero.yaml:1 at purpose: unknown purpose 'personalization'; did you mean 'personalisation'?",
            id="purpose",
        ),
        pytest.param(
            "coffee_lovers",
            "cofee_lovers",
            "hero.yaml:7 at rules[0].when.in_audience: there is no audience 'cofee_lovers'; did you mean 'coffee_lovers'?",
            id="audience",
        ),
        pytest.param(
            "{in_audience: coffee_lovers}",
            "{audience: coffee_lovers}",
            "hero.yaml:7 at rules[0].when.audience: there is no operator 'audience'; did you mean 'in_audience'?",
            id="operator",
        ),
        pytest.param(
            "{in_audience: coffee_lovers}",
            "{any: [{trait: city, is: Berlin}, {not: {did: buy, at_least: 2}}]}",
            "hero.yaml:7 at rules[0].when.any[1].not.did: 'did' looks at events, but here only traits and audiences are at"
            " hand; put the condition into an audience, and write `in_audience: NAME` here",
            id="condition about events",
        ),
        pytest.param(
            "{in_audience: coffee_lovers}",
            "{in_list: nobody_knows}",
            "hero.yaml:7 at rules[0].when.in_list: 'in_list' looks at lists, but",
            id="condition about lists, whose own mistake is not told",
        ),
        pytest.param(
            "{in_audience: coffee_lovers}",
            "{trait: points, is: many}",
            "hero.yaml:7 at rules[0].when.is: equals compares with text, but this is a number",
            id="comparison",
        ),
        pytest.param(
            "[city]", "[town]", "hero.yaml:13 at shows.traits[0]: there is no trait 'town'", id="shown"
        ),
        pytest.param(
            "[city]",
            "[illness]",
            "hero.yaml:13 at shows.traits[0]: personalisation 'hero' was refused: 'illness' carries sensitive, because of "
            "attribute 'illness' (sources/crm.yaml:3), but only no labelled data "
            "may go there; leave it out, or let the placement have it: `accepts: [sensitive]`",
            id="labelled trait shown",
        ),
        pytest.param(
            "{in_audience: coffee_lovers}",
            "{in_audience: patients}",
            "hero.yaml:7 at rules[0].when: personalisation 'hero' was refused: 'audience patients' carries sensitive",
            id="audience made from a labelled trait",
        ),
        pytest.param(
            "10%", "110%", "hero.yaml:2 at holdout: must be more than 0 and at most 100", id="holdout"
        ),
        pytest.param("most: 3", "most: 0", "hero.yaml:3 at cap.most", id="cap of nothing"),
        pytest.param("2 days", "2", "hero.yaml:3 at cap.within: write 2 days", id="cap's stretch"),
        pytest.param(
            "2026-06-01", "2026-04-01", "hero.yaml:5 at until: ends before it begins", id="schedule"
        ),
        pytest.param(
            "2026-06-01", "in 7 days", "hero.yaml:5 at until: must be a date like", id="relative end"
        ),
        pytest.param(
            "weight: 2", "weight: -1", "hero.yaml:9 at rules[0].variants[0].weight: must be", id="weight"
        ),
        pytest.param(
            "name: c, ",
            "name: c, weight: 0, ",
            "hero.yaml:11 at rules[1].variants: all weigh 0",
            id="no weight",
        ),
        pytest.param(
            "name: b", "name: a", "hero.yaml:8 at rules[0].variants: names a more than once", id="same name"
        ),
        pytest.param("name: c", "name: holdout", "'holdout' is what reports call", id="a name that is taken"),
        pytest.param(
            "[1, true]", "[.nan]", "rules[0].variants[1].content: holds a number that is not", id="content"
        ),
        pytest.param(
            "when: {in_audience: coffee_lovers}",
            "when:",
            "hero.yaml:7 at rules[0]: is for everyone, so no rule after it is ever reached",
            id="unreachable rule",
        ),
        pytest.param("fallback:", "default:", "unknown key 'default'; did you mean 'fallback'?", id="key"),
        pytest.param(
            "rules:", "bandit: {}\nrules:", "bandit.variants: 'variants' is missing", id="empty bandit"
        ),
    ],
)
def test_a_mistake_is_told_once_with_its_line(declare, old, new, expected):
    assert old in GOOD
    placements, problems = declare({"hero": GOOD.replace(old, new, 1)})
    assert placements == {}
    assert any(expected in str(each) for each in problems), list(map(str, problems))
    assert len(problems) == len(set(problems))
    assert len(problems) == 1 or "bandit" in expected


def test_rules_and_a_bandit_exclude_each_other(declare):
    both = GOOD + BANDIT.split("\n", 1)[1]
    _, problems = declare({"hero": both, "neither": "purpose: service\n"})
    assert [str(each) for each in problems] == [
        f"placements/{name}.yaml:1: needs either `rules` or a `bandit`" for name in ("hero", "neither")
    ]


def test_all_mistakes_of_all_files_are_told_at_once(declare):
    wrong = (
        GOOD.replace("purpose: personalisation", "purpose: pers")
        .replace("10%", "ten")
        .replace("coffee_lovers", "tea_lovers")
        .replace("[city]", "[town]")
        .replace("weight: 2", "weight: heavy")
    )
    placements, problems = declare({"hero": wrong, "Bad-Name": GOOD, "good": GOOD})
    assert list(placements) == ["good"]
    told = [(each.file, each.path) for each in problems if "hero" in each.file]
    assert sorted(told) == [
        ("placements/hero.yaml", "holdout"),
        ("placements/hero.yaml", "purpose"),
        ("placements/hero.yaml", "rules[0].variants[0].weight"),
        ("placements/hero.yaml", "rules[0].when.in_audience"),
        ("placements/hero.yaml", "shows.traits[0]"),
    ]
    assert ["'Bad-Name' is no name for a placement" in str(each) for each in problems].count(True) == 1


def test_labels_that_are_accepted_may_be_used(sound):
    text = GOOD.replace("[city]", "[illness]").replace("coffee_lovers", "patients")
    hero = sound(text + "accepts: [sensitive]\n")
    assert hero.request.fields["illness"] == hero.request.fields["audience patients"] == {Label.SENSITIVE}


@pytest.mark.parametrize(
    "variants", ["[]", "", "[{name: a}]", "7", "[7]", "[{name: a, content: b, wight: 2}]"]
)
def test_variants_that_are_none_are_told_once(declare, variants):
    _, problems = declare({"hero": f"purpose: service\nrules: [{{variants: {variants}}}]\n"})
    assert [each.path.startswith("rules[0].variants") for each in problems] == [True], problems


@pytest.mark.parametrize(
    "text", ["[]", "7", "rules: 7", "rules: [7]", "bandit: 7", "shows: 7", "shows: {traits: 7}", "accepts: 7"]
)
def test_a_file_of_another_shape_is_a_problem_and_no_accident(declare, text):
    placements, problems = declare({"hero": text})
    assert not placements
    assert problems
