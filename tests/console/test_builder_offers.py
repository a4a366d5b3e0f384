"""What fields offer: what there is with how many, the best of it, and no more than who asks may see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.console.asking import Asking

from headwater.access.roles import Caller, Role
from headwater.audiences.lineage import Lineage
from headwater.console.audiences.questions import AUDIENCES
from headwater.console.builder.offered import MOST_OFFERED, OFFERED, Asked, best_of
from headwater.console.builder.unsaved import MOST_KEPT, Unsaved, Unsaveds
from headwater.console.desk.question import Given
from headwater.explore import offers
from headwater.explore.offers import Offer
from headwater.privacy.labels import Label, Origin


def test_events_traits_and_audiences_are_offered_with_how_many_there_are(asking: Asking) -> None:
    events = {each.name: each.n for each in asking.ask(OFFERED, Asked("event", "")).best}
    assert events == {"purchase": 400}
    sizes = {each.name: each.size for each in asking.ask(AUDIENCES).listed}
    assert {each.name: each.n for each in asking.ask(OFFERED, Asked("audience", "")).best} == sizes
    cities = asking.ask(OFFERED, Asked("value", "", "", "city"))
    city = next(each for each in asking.ask(OFFERED, Asked("trait", "ci")).best if each.name == "city")
    assert sum(each.n for each in cities.best) == city.n
    assert cities.unit == "people"


def test_properties_and_values_are_those_of_the_event(asking: Asking) -> None:
    properties = {each.name: each for each in asking.ask(OFFERED, Asked("property", "", "purchase")).best}
    assert properties["category"].share == 1.0
    assert 0 < (properties["gift"].share or 0) < 0.5  # of the JSON of some
    values = asking.ask(OFFERED, Asked("value", "", "purchase", "category")).best
    assert sum(each.n for each in values) == 400
    assert list(values) == sorted(values, key=lambda each: -each.n)
    assert [each.name for each in asking.ask(OFFERED, Asked("value", "te", "purchase", "category")).best] == [
        "tea"
    ]
    assert {each.name for each in asking.ask(OFFERED, Asked("value", "", "purchase", "gift")).best} == {"yes"}
    assert asking.ask(OFFERED, Asked("property", "", "nothing")).best == ()
    assert asking.ask(OFFERED, Asked("nonsense", "")).best == ()


def test_who_may_not_see_small_counts_is_offered_no_numbers_and_only_what_many_have(asking: Asking) -> None:
    asked = Asked("value", "", "purchase", "order_id")  # everyone has another one
    assert asking.ask(OFFERED, asked).n > 100
    found = asking.ask(OFFERED, asked, role=Role.MARKETER)
    assert (found.best, found.is_counted) == ((), False)
    cities = asking.ask(OFFERED, replace(asked, event="", name="city"), role=Role.MARKETER)
    assert not cities.is_counted
    names = [each.name for each in asking.ask(OFFERED, Asked("trait", ""), role=Role.MARKETER).best]
    assert names == sorted(names)


def test_values_of_few_people_are_left_out(asking: Asking) -> None:
    with_all = {each.name for each in asking.ask(OFFERED, Asked("value", "", "", "city")).best}
    assert with_all
    held = asking.desk
    asking.ask(OFFERED, Asked("event", ""))
    workspace = held._seats[0].workspace
    assert workspace is not None
    assert offers.trait_values("city", workspace, 61) == ()  # there are sixty people
    assert offers.property_values("purchase", "category", workspace, 61) == ()


def test_values_of_what_a_label_hides_are_offered_to_nobody_who_may_not_see_it(asking: Asking) -> None:
    asking.ask(OFFERED, Asked("event", ""))
    seat = asking.desk._seats[0]
    assert seat.workspace
    assert seat.definitions
    origins = frozenset({Origin(Label.IDENTIFIER, "trait city")})
    lineage = Lineage(traits={"city": origins}, events={"purchase": {"": origins}})
    definitions = replace(seat.definitions, lineage=lineage)
    for role, is_shown in ((Role.ADMIN, True), (Role.MARKETER, False)):
        caller = Caller("ann", role, Role.ADMIN.actions)  # the same counts are shown to both
        for asked in (Asked("value", "", "", "city"), Asked("value", "", "purchase", "category")):
            assert bool(OFFERED.answer(Given(seat.workspace, definitions, caller), asked).n) is is_shown
            assert OFFERED.answer(Given(seat.workspace, seat.definitions, caller), asked).n


def test_ten_thousand_names_are_searched_and_the_best_fifty_sent(asking: Asking) -> None:
    many = [Offer(f"event_{number:05}", number) for number in range(10_000)]
    found = best_of(many, "event_0", by_number=True)
    assert found[0].name == "event_09999"
    assert len(found) == 10_000
    assert [each.name for each in best_of(many, "9999 event", by_number=True)] == ["event_09999"]
    assert MOST_OFFERED == 50


def test_what_is_unsaved_is_its_sessions_alone_and_not_without_end(asking: Asking) -> None:
    one, other, held = asking.session(Role.ADMIN), asking.session(Role.ADMIN), Unsaveds()
    held.keep(one, "tea", Unsaved("", lambda: "first", ""))
    since = held.of(one, "tea")
    held.keep(one, "tea", Unsaved("", lambda: "second", ""))
    now = held.of(one, "tea")
    assert since
    assert now
    assert (now.said(), now.since) == ("second", since.since)
    assert held.of(other, "tea") is None
    for number in range(MOST_KEPT):
        held.keep(one, f"more_{number}", Unsaved("", str, ""))
    assert held.of(one, "tea") is None
    held.drop(one, "more_3")
    assert held.of(one, "more_3") is None


@pytest.mark.parametrize("role", list(Role))
def test_whoever_sees_counts_is_offered_names(asking: Asking, role: Role) -> None:
    assert "purchase" in {each.name for each in asking.ask(OFFERED, Asked("event", "pur"), role=role).best}
