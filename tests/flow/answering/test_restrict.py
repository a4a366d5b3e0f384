"""Of whom nothing may be used, nothing is: not in a batch, not sent, not decided by; and all of it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.core.sealing.ring import SEALS
from tests.flow.alive import Alive
from tests.flow.sealed_shop import EMAIL, VISITOR

from headwater.activate.ledger import open_ledger
from headwater.core.errors import StorageError
from headwater.flow.identities import Identities
from headwater.flow.privacy import Privacy
from headwater.live.reader import LiveReader
from headwater.live.restricted import Restricted, write_restricted
from headwater.privacy.gate import PermitRequest, Permitted, Reason, Use, permit
from headwater.privacy.restriction import open_restrictions
from headwater.tables.workspace import read

WHO = f"email={EMAIL}"


def permitted(alive: Alive, purpose: str = "newsletter") -> Permitted:
    with read(alive.project) as workspace:
        ids = workspace.engine.table("SELECT profile_id FROM profiles")["profile_id"].to_numpy()
        request = PermitRequest(purpose, Use.EXPORT, "test", np.asarray(ids), {}, frozenset())
        return permit(request, workspace)


def is_restricted(alive: Alive, visitor: str = VISITOR) -> bool:
    """As the edge sees them, after its next look."""
    reader = LiveReader(alive.folders.store, alive.folders.bases, alive.seals)
    try:
        return reader.find([("anonymous_id", visitor)]).is_restricted
    finally:
        assert reader._store is not None
        reader._store.close()


def test_nothing_is_used_until_it_may_be_again(alive: Alive) -> None:
    privacy = Privacy(alive.project)
    before = permitted(alive)
    assert (len(before.profile_ids), before.left_out.get(Reason.RESTRICTED)) == (1, None)
    rows = privacy.foresee([WHO]).rows
    privacy.restrict([WHO])
    after = permitted(alive)
    assert (len(after.profile_ids), after.left_out[Reason.RESTRICTED]) == (0, 1)
    assert privacy.foresee([WHO]).rows == rows
    assert is_restricted(alive)
    assert not is_restricted(alive, "visitor-bob")
    assert Identities(alive.project).profile(WHO).is_restricted
    privacy.unrestrict([WHO])
    assert permitted(alive).left_out == before.left_out
    assert not is_restricted(alive)
    assert not Identities(alive.project).profile(WHO).is_restricted
    assert [each.asks for each in privacy.requests()][-2:] == ["restrict", "unrestrict"]


def test_destinations_are_told_to_remove_them(alive: Alive) -> None:
    Privacy(alive.project).restrict([WHO])
    alive.run()
    with open_ledger(alive.project) as ledger:
        assert not len(ledger.holding("out", "buyers").possible)


def test_whoever_is_joined_with_them_is_restricted_too_and_they_can_be_erased(alive: Alive) -> None:
    privacy = Privacy(alive.project)
    privacy.restrict([f"anonymous_id={VISITOR}"])
    assert permitted(alive).left_out[Reason.RESTRICTED] == 1
    assert privacy.erase([WHO]).left == ()
    privacy.lift(WHO)
    with open_restrictions(alive.project) as restrictions:
        assert restrictions.all() == []


def test_who_reads_sees_at_the_next_look_what_has_changed(tmp_path: Path) -> None:
    seen = Restricted(tmp_path, SEALS)
    ann = ("email", EMAIL)
    seen.refresh()
    assert not seen.has([ann])
    write_restricted(tmp_path, [SEALS.index_text(EMAIL, "email")])
    seen.refresh()
    assert seen.has([("email", "bob@example.org"), ann])
    write_restricted(tmp_path, [])
    seen.refresh()
    assert not seen.has([ann])


def test_a_run_writes_anew_what_decisions_go_by(alive: Alive) -> None:
    Privacy(alive.project).restrict([WHO])
    file = alive.root / "live" / "restricted.json"
    file.write_text("torn")
    with pytest.raises(StorageError):
        is_restricted(alive)
    file.unlink()
    alive.run()
    assert is_restricted(alive)
