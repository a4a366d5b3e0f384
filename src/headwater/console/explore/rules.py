"""What was explored as rules of audiences: who did it, and who reached a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headwater.explore.question import Funnel, Trend

Rule = Mapping[str, object]
MOST_OFFERED = 12


def rules_of_trend(question: Trend) -> list[tuple[str, Rule]]:
    """Who did what is counted."""
    did = {"did": question.happenings.event} | question.happenings.to_data()
    return [("who did it", _also_in(question.audience, did))]


def rules_of_funnel(question: Funnel) -> list[tuple[str, Rule]]:
    """Who reached each step, of each audience."""
    return [
        (f"step {number}{f' of {name}' if name else ''}", _also_in(name, _reached(question, number)))
        for name in question.audiences or ("",)
        for number in range(1, len(question.steps) + 1)
    ][:MOST_OFFERED]


def _reached(question: Funnel, number: int) -> Rule:
    steps = list(_steps(question))[:number]
    within = question.steps[0].within.to_data()
    said: dict[str, object] = {"sequence": steps} if number > 1 else dict(steps[0])
    if number > 1 and question.lasting:
        said["lasting"] = question.lasting.to_data()
    return said | ({"within": within} if within else {})


def _steps(question: Funnel) -> Iterator[dict[str, object]]:
    for each in question.steps:
        where = each.to_data().get("where")
        yield {"did": each.event} | ({"where": where} if where else {})


def _also_in(audience: str, rule: Rule) -> Rule:
    return {"all": [rule, {"in_audience": audience}]} if audience else rule
