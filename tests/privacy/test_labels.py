"""Labels: a closed set, each with a meaning; every table keeps to it."""

from __future__ import annotations

import pytest

from headwater.core.errors import Bug
from headwater.privacy.labels import Label, read_labels, weaken
from headwater.tables.table import all_tables


@pytest.mark.parametrize("label", Label)
def test_every_label_has_a_meaning(label):
    assert label.meaning.endswith(".")


@pytest.mark.parametrize("table", all_tables().values(), ids=lambda table: table.name)
def test_tables_use_known_labels_only(table):
    for column in table.columns:
        read_labels(column.labels)


def test_an_unknown_label_is_a_bug_that_names_the_known_ones():
    with pytest.raises(Bug, match="known: identifier, pseudonym"):
        read_labels(["secret"])


def test_hashing_leaves_a_pseudonym():
    assert weaken({Label.IDENTIFIER}) == {Label.PSEUDONYM}
    assert weaken({Label.SENSITIVE}) == {Label.SENSITIVE}
