from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.flow.alive import Alive, track
from tests.flow.sealed_shop import EMAIL, USER, sealed_shop

from headwater.flow.privacy import Privacy

BOB, BOBS_NUMBER = "bob.other@example.org", "customer-9999-bob"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop in which Ann is known by everything, and some of that names Bob, too."""
    root = tmp_path_factory.mktemp("answering") / "shop"
    alive = sealed_shop(root)
    alive.tell(
        {
            "type": "track",
            "event": "Invited",
            "userId": USER,
            "properties": {"friend": BOB, "code": BOBS_NUMBER},
        },
        track("Ordered", who="visitor-bob", total=5),
        {"type": "identify", "userId": BOBS_NUMBER, "anonymousId": "visitor-bob", "traits": {"email": BOB}},
        {"type": "track", "event": "", "userId": USER, "traits": {"email": BOB, "note": "no name"}},
    )
    alive.take()
    alive.seal()
    alive.run()
    who = Privacy(alive.project)
    assert who.foresee([f"email={BOB}"]).n_profiles == 1
    assert who.foresee([f"email={EMAIL}"]).n_profiles == 1
    return root


@pytest.fixture
def alive(template: Path, tmp_path: Path) -> Alive:
    return Alive(shutil.copytree(template, tmp_path / "shop"))
