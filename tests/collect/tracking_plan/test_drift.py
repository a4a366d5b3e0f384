"""What comes is compared with the plan and with what came before, from an account without a single value."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from tests.collect.told import EVENTS, NOON, told

from headwater.collect.event import Event
from headwater.collect.tracking_plan import drift
from headwater.collect.tracking_plan.drift import Account, from_json, merged, observe, report, to_json
from headwater.collect.tracking_plan.plan import TrackingPlan, check

from .test_plan import IDENTIFY, read

ORDER = """\
event: Order Completed
schema:
  required: [order_id]
  additionalProperties: false
  properties: {order_id: {type: string}, revenue: {type: number}}
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> TrackingPlan:
    return read(tmp_path_factory.mktemp("plans"), order=ORDER, identify=IDENTIFY)[0]


def tracked(day: int, name: str = "Order Completed", /, **properties: object) -> Event:
    return told(kind="track", name=name, received_at=NOON + timedelta(days=day), properties=properties)


def account_of(events: list[Event], plan: TrackingPlan | None = None) -> Account:
    account = Account()
    for event in events:
        observe(account, event, check(event, plan) if plan else ())
    return account


def test_the_account_tells_names_types_counts_and_moments() -> None:
    account = account_of(
        [tracked(0, order_id="o1", revenue=5), tracked(2, order_id="o2", revenue="5", tags=["a"])]
    )
    seen = account.events["website"]["Order Completed"]
    assert (seen.count, seen.first_at, seen.last_at) == (2, NOON, NOON + timedelta(days=2))
    assert {
        name: {type_: each.count for type_, each in types.items()} for name, types in seen.properties.items()
    } == {
        "order_id": {"string": 2},
        "revenue": {"number": 1, "string": 1},
        "tags": {"array": 1},
    }


def test_a_report_lists_everything_that_differs_from_the_plan(plan: TrackingPlan) -> None:
    events = [
        tracked(0, order_id="o1", revenue=5),
        tracked(1, revenue="much"),
        tracked(2, "Signed Up", source="ad"),
    ]
    events.append(tracked(3, order_id="o3", colour="red"))
    assert report(account_of(events, plan), plan) == [
        "website: Order Completed.colour is not in the plan (1 of 3, since 2026-11-28)",
        "website: Order Completed.revenue is of several types: number (1, since 2026-11-25), string (1, since 2026-11-26)",
        "website: Order Completed.order_id is missing in 1 of 3",
        "website: Order Completed does not follow the plan in 1 of 3: properties.revenue: must be number",
        "website: Signed Up is in no plan (1 since 2026-11-27)",
        "identify is planned and never came",
    ]


def test_a_report_without_a_plan_tells_what_is_new_and_what_changes_its_type() -> None:
    events = [tracked(0, "Viewed", a=1), tracked(9, "Viewed", a=None, b=1), tracked(10, "Viewed", a="x", b=2)]
    assert report(account_of(events), TrackingPlan()) == [
        "website: Viewed.a is of several types: number (1, since 2026-11-25), string (1, since 2026-12-05)",
        "website: Viewed.b is new (2 of 3, since 2026-12-04)",
    ]


def test_what_came_a_while_ago_is_not_new_any_more() -> None:
    events = [tracked(0, "Viewed"), tracked(1, "Viewed", b=1), tracked(20, "Viewed", b=1)]
    assert report(account_of(events), TrackingPlan()) == []


def test_events_that_follow_the_plan_are_no_drift(plan: TrackingPlan) -> None:
    events = [tracked(0, order_id="o1"), told(kind="identify", name="", traits={"plan": "pro"})]
    assert report(account_of(events, plan), plan) == []


def test_traits_are_accounted_for_where_they_are_stated(plan: TrackingPlan) -> None:
    account = account_of([told(kind="identify", name="", traits={"plan": "a", "shoe": 1})], plan)
    assert report(account, plan) == [
        "website: identify.shoe is not in the plan (1 of 1, since 2026-11-25)",
        "Order Completed is planned and never came",
    ]


def test_an_account_holds_no_value_and_no_address_for_a_name() -> None:
    account = account_of(
        [tracked(0, "asked joe@example.com", **{"joe@example.com": "secret", "note": "secret"})]
    )
    assert b"joe" not in to_json(account)
    assert b"secret" not in to_json(account)


def test_an_account_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "MOST_EVENTS", 2)
    monkeypatch.setattr(drift, "MOST_PROPERTIES", 3)
    events = [tracked(0, f"Event {number}", **{f"p{each}": 1 for each in range(9)}) for number in range(4)]
    account = account_of(events)
    assert (set(account.events["website"]), account.n_more) == ({"Event 0", "Event 1"}, 2)
    assert (
        len(account.events["website"]["Event 0"].properties),
        account.events["website"]["Event 0"].n_more,
    ) == (3, 6)
    again = merged(account, account_of(events[2:]))
    assert (len(again.events["website"]), again.n_more) == (2, 4)
    assert "Event 0 has more properties" in report(account, TrackingPlan())[0]


def test_what_is_merged_goes_its_own_way() -> None:
    one = account_of([tracked(0, a=1)])
    both = merged(one, Account())
    observe(both, tracked(1, a=1))
    assert one.events["website"]["Order Completed"].count == 1


@given(events=st.lists(EVENTS, max_size=12), cut=st.integers(0, 12), seed=st.randoms())
def test_parts_merged_in_any_order_are_the_whole(
    plan: TrackingPlan, events: list[Event], cut: int, seed: random.Random
) -> None:
    whole, one, other = (
        account_of(events, plan),
        account_of(events[:cut], plan),
        account_of(events[cut:], plan),
    )
    assert merged(one, other) == merged(other, one) == merged(whole, Account())
    seed.shuffle(events)
    assert merged(account_of(events, plan), Account()) == merged(whole, Account())


@given(events=st.lists(EVENTS, max_size=8))
def test_an_account_comes_back_from_json(events: list[Event]) -> None:
    account = account_of(events)
    assert from_json(to_json(account)) == account


def test_the_account_survives_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "drift.json"
    file.write_bytes(to_json(account_of([tracked(0, a=1)])))
    observe(again := from_json(file.read_bytes()), tracked(1, a=1))
    assert again.events["website"]["Order Completed"].count == 2
