"""What headwater.yaml may say of purposes in the words of laws, and what contradicts itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.core.config import LabelName
from headwater.core.errors import ProjectError
from headwater.core.project import open_project
from headwater.core.purpose import Jurisdictions
from headwater.core.regions import countries, is_in, is_region, read_place
from headwater.privacy.labels import Label


def opened(root: Path, purpose: str, more: str = ""):
    (root / "headwater.yaml").write_text(
        f"project: shop\npurposes:\n  mail:\n    description: Mail\n    {purpose}\n{more}"
    )
    return open_project(root).config


def test_what_a_purpose_is_in_law_is_read_as_one_or_several(tmp_path):
    purpose = opened(
        tmp_path, "gdpr: 6.1.a\n    ccpa: share\n    tcf: 2\n    jurisdictions: [EU, US-CA]"
    ).purposes["mail"]
    assert (purpose.gdpr, purpose.ccpa, purpose.tcf) == (("6.1.a",), ("share",), (2,))
    assert purpose.jurisdictions == Jurisdictions(only=("EU", "US-CA"))
    purpose = opened(tmp_path, "gdpr: [6.1.a, 9.2.a]\n    jurisdictions: {except: [US]}").purposes["mail"]
    assert purpose.gdpr == ("6.1.a", "9.2.a")
    assert purpose.jurisdictions is not None
    assert purpose.jurisdictions.except_ == ("US",)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("gdpr: 6.1.f", "rests on consent, which is article 6.1.a, not 6.1.f"),
        ("gdpr: art. 6", "is no ground of the GDPR; write one like 6.1.a"),
        ("ccpa: sell", "purposes.mail.ccpa: must be 'sale'"),
        ("tcf: [12]", "purposes.mail.tcf[0]"),
        ("lawful_basis: contract\n    tcf: [3]", "purpose 3 of the TCF can only rest on consent"),
        ("jurisdictions: [Germany]", "is no region; write a country like DE"),
        ("jurisdictions: {excpet: [DE]}", "excpet"),
        ("minimum_age: 0", "purposes.mail.minimum_age"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, said, told):
    with pytest.raises(ProjectError, match="headwater.yaml:") as error:
        opened(tmp_path, said)
    assert told in error.value.message


def test_a_list_has_labels_that_there_are(tmp_path):
    assert set(LabelName.__args__) == {label.value for label in Label}
    with pytest.raises(ProjectError, match=r"lists\.vip\[0\]"):
        opened(tmp_path, "gdpr: 6.1.a", "lists: {vip: [secret]}")


def test_every_country_is_in_itself_and_in_none_of_the_others():
    assert all(is_region(code) and is_in(code, [code]) for code in countries())
    assert is_in("DE", countries() - {"DE"}) is False
    assert all(read_place(code.lower()) == code for code in countries())
