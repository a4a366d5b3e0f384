"""Objections count at once: at rest where nobody else is at work, live by the log, and once, however often they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
import pytest

from headwater.collect.log.reader import read_all
from headwater.core.errors import Refusal, UserError
from headwater.core.owner import QUIET, own
from headwater.core.project import Project, open_project
from headwater.core.sealing.keeping import seals_of
from headwater.flow.batch import run_batch, seal
from headwater.flow.definitions import read_definitions
from headwater.flow.live_log import Folders
from headwater.flow.objecting import SOURCE
from headwater.flow.privacy import Privacy
from headwater.flow.stream import Stream
from headwater.flow.treatment import make_treatment
from headwater.live.store import View
from headwater.privacy.consent import standing_of
from headwater.privacy.gate import SOMEBODY, PermitRequest, Permitted, Reason, Use, permit, permit_person
from headwater.privacy.suppression import open_suppressions
from headwater.profiles.show import find_profile
from headwater.tables.workspace import read, work
from headwater.testing.shop import make_shop

PURPOSES = """
  profiling: {description: Better offers, lawful_basis: legitimate_interest}
  service: {description: Help, lawful_basis: contract}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = make_shop(tmp_path_factory.mktemp("shop"), n_people=12, n_purchases=24).folder
    config = folder / "headwater.yaml"
    config.write_text(config.read_text().replace("retention:", f"{PURPOSES.strip(chr(10))}\nretention:"))
    (folder / "collectors").mkdir()
    (folder / "collectors/website.yaml").write_text("keys: [w]\n")
    project = open_project(folder)
    with work(project) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return project


def request(purpose: str, profile_id: int) -> PermitRequest:
    ids = np.array([profile_id]) if profile_id else SOMEBODY
    return PermitRequest(purpose, Use.EXPORT, "all", ids, {}, frozenset())


def at_rest(project: Project, who: str, purpose: str) -> Permitted:
    with read(project) as workspace:
        return permit(request(purpose, find_profile(who, workspace)), workspace)


def statements(project: Project) -> list[tuple[str, str]]:
    query = f"SELECT purpose, state FROM consents WHERE source = '{SOURCE}' ORDER BY ALL"
    with read(project) as workspace:
        return [(row["purpose"], row["state"]) for row in workspace.engine.table(query).to_pylist()]


@contextmanager
def streamed(project: Project) -> Iterator[View]:
    """The live store, once all that is in the log is taken in."""
    with read(project) as workspace:
        treatment = make_treatment(read_definitions(workspace), workspace)
    stream = Stream(Folders.of(project.root), seals_of(project), treatment)
    with closing(stream):
        while stream.take_some():
            pass
        with stream.reading() as view:
            yield view


def sealed(project: Project) -> None:
    with work(project) as workspace:
        seal(workspace, read_definitions(workspace))


def n_records(project: Project) -> int:
    return sum(1 for _ in read_all(Folders.of(project.root).requests, seals_of(project), 0, 2**40))


def test_an_objection_counts_at_once_at_rest_and_live_and_once(project):
    who = "user_id=m1"
    assert len(at_rest(project, who, "profiling").profile_ids) == 1
    objected = Privacy(project).take_objection([who], ["profiling"])
    assert (objected.purposes, objected.n_identifiers, objected.is_at_rest) == (("profiling",), 1, True)
    assert dict(at_rest(project, who, "profiling").left_out) == {Reason.OBJECTED: 1}
    assert len(at_rest(project, who, "service").profile_ids) == 1
    said = statements(project)
    with streamed(project) as view:
        card = view.card(view.key_of(("user_id", "m1")))
    live = permit_person(request("profiling", 0), standing_of(card.consents, "profiling"), project)
    assert dict(live.left_out) == {Reason.OBJECTED: 1}
    sealed(project)
    assert statements(project) == said


def test_while_somebody_else_is_at_work_it_counts_live_and_then_at_rest(project):
    who = "user_id=m5"
    with own(project.root, QUIET):
        objected = Privacy(project).take_objection([who], from_all=True)
    assert (objected.purposes, objected.is_at_rest) == (("profiling", "service"), False)
    assert len(at_rest(project, who, "service").profile_ids) == 1
    with streamed(project):
        pass
    sealed(project)
    assert dict(at_rest(project, who, "service").left_out) == {Reason.OBJECTED: 1}


def test_of_whom_nothing_is_kept_nothing_is_written(project):
    index = seals_of(project).index_text("m3@example.com", "email")
    with open_suppressions(project) as suppressions:
        suppressions.add([("email", index)], "erase-1")
    n, said = n_records(project), statements(project)
    objected = Privacy(project).take_objection(["email=m3@example.com"], ["service"])
    assert (objected.n_identifiers, objected.n_kept_out) == (0, 1)
    assert (n_records(project), statements(project)) == (n, said)


def test_what_cannot_be_objected_to_writes_nothing(project):
    n = n_records(project)
    privacy = Privacy(project)
    with pytest.raises(Refusal, match="did you mean 'profiling'") as refused:
        privacy.take_objection(["user_id=m1"], ["profilings"])
    assert refused.value.as_dict()["details"][0]["rule"] == "purpose_unknown"
    with pytest.raises(UserError, match="no purpose was named"):
        privacy.take_objection(["user_id=m1"])
    with pytest.raises(UserError):
        privacy.take_objection(["email=nobody"], ["profiling"])
    assert n_records(project) == n


def test_who_is_not_known_yet_is_left_out_once_they_are(project):
    objected = Privacy(project).take_objection(["email=new@example.org"], ["profiling"])
    assert objected.n_identifiers == 1
    assert ("profiling", "denied") in statements(project)
