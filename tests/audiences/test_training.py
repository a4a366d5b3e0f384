"""No model learns from what it may not, nor from whom it may not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headwater.audiences.lineage import Lineage
from headwater.audiences.training import Training, permit_training
from headwater.core.errors import Refusal
from headwater.core.project import open_project
from headwater.privacy.gate import Reason, Use
from headwater.privacy.labels import Label, Origin
from headwater.tables.workspace import read

CONFIG = """
project: shop
purposes:
  scoring: {description: Scores, lawful_basis: legitimate_interest}
  research: {description: Research}
"""
INCOME = frozenset({Origin(Label.FINANCIAL, "attribute 'income'", "sources/crm.yaml:7")})
LINEAGE = Lineage({"income": INCOME}, audiences={"rich": INCOME, "buyers": frozenset()})
PEOPLE = np.array([3, 1, 2])


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory):
    root: Path = tmp_path_factory.mktemp("project")
    (root / "headwater.yaml").write_text(CONFIG)
    with read(open_project(root)) as workspace:
        yield workspace


def test_a_model_learns_from_those_who_may_be_used_for_its_purpose(workspace):
    training = Training("churn", "scoring", ["age", "income"], ["buyers"], frozenset({Label.FINANCIAL}))
    permitted = permit_training(training, LINEAGE, PEOPLE, workspace)
    assert (permitted.use, permitted.name) == (Use.TRAINING, "churn")
    assert permitted.profile_ids.tolist() == [1, 2, 3]
    assert set(permitted.fields) == {"age", "income", "audience buyers"}
    asked = Training("churn", "research", ["age"])
    assert dict(permit_training(asked, LINEAGE, PEOPLE, workspace).left_out) == {Reason.NO_CONSENT: 3}


@pytest.mark.parametrize(
    "training", [Training("m", "scoring", ["income"]), Training("m", "scoring", [], ["rich"])]
)
def test_a_model_is_refused_what_it_does_not_say_it_learns_from(workspace, training):
    with pytest.raises(
        Refusal, match=r"training 'm' was refused: .* because of attribute 'income'"
    ) as refused:
        permit_training(training, LINEAGE, PEOPLE, workspace)
    assert {each.label for each in refused.value.grounds} == {"financial"}
