"""A release: permitted people alone, spent before it is shown, and shown again for nothing."""

from __future__ import annotations

import pytest

from headwater.core.errors import HeadwaterError, NotFoundError, Refusal, UserError
from headwater.core.project import Project
from headwater.flow.sharing import releases as module
from headwater.flow.sharing.permitted import Sharing, permitted
from headwater.flow.sharing.releases import Releases, WantedRelease
from headwater.tables.workspace import read


def test_it_counts_whom_the_gate_permits_and_is_shown_again_for_nothing(shop: Project) -> None:
    releases, wanted = Releases(shop), WantedRelease("tea_not_coffee", 1.0, recipient="counted")
    first, again = releases.release(wanted), releases.release(wanted)
    with read(shop) as workspace:
        definitions = module.read_definitions(workspace)
        n = len(permitted(Sharing("tea_not_coffee", "x"), {}, workspace, definitions).profile_ids)
        everyone = module.find_audience("tea_not_coffee", definitions)
    assert everyone
    assert abs(first.counts[0].n - n) < 20
    assert (again.counts, again.is_kept, again.left) == (first.counts, True, 1.0)
    assert not first.is_kept
    anew = releases.release(WantedRelease("tea_not_coffee", 1.0, recipient="counted", anew=True))
    assert anew.left == 0
    with pytest.raises(Refusal):
        releases.release(WantedRelease("big_spenders", 0.1, recipient="counted"))


def test_counts_by_a_trait_hold_no_value_that_few_have(shop: Project) -> None:
    found = Releases(shop).release(
        WantedRelease("tea_not_coffee", 2.0, by="favourite_category", recipient="by")
    )
    assert all(each.trait == "favourite_category" and each.value for each in found.counts)
    assert found.delta == 1e-6


def test_what_is_killed_after_spending_is_spent(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_noisy", killed)
    releases = Releases(shop)
    with pytest.raises(KeyboardInterrupt):
        releases.release(WantedRelease("big_spenders", 0.5, recipient="killed"))
    accounts = releases.budget()
    assert {each.recipient: each.left for each in accounts.recipients}["killed"] == 1.5
    assert [each.is_shown for each in accounts.spent if each.recipient == "killed"] == [False]


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (WantedRelease("nobody_here", 0.1), NotFoundError),
        (WantedRelease("big_spenders", 0.1, by="colour"), NotFoundError),
        (WantedRelease("big_spenders", 0.1, by="revenue_30d"), UserError),
        (WantedRelease("big_spenders", 0.0), UserError),
        (WantedRelease("big_spenders", 0.1, by="city", delta=0.5), UserError),
        (WantedRelease("big_spenders", 0.1, recipient="Acme Ltd"), UserError),
        (WantedRelease("big_spenders", 0.1, purpose="other"), Refusal),
    ],
    ids=["audience", "trait", "number", "epsilon", "delta", "recipient", "purpose"],
)
def test_what_cannot_be_released_is_told_and_costs_nothing(
    wanted: WantedRelease, error: type[HeadwaterError], shop: Project
) -> None:
    before = Releases(shop).budget().spent
    with pytest.raises(error) as refused:
        Releases(shop).release(wanted)
    assert refused.value.next_step or isinstance(refused.value, NotFoundError)
    assert Releases(shop).budget().spent == before
