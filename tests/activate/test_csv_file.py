"""CSV files of members."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from headwater.activate.destination import Member
from headwater.activate.destinations.csv_file import DESTINATION, CsvFile

BATCH = DESTINATION.examples[0].batch


@pytest.mark.parametrize("folder", ["/etc", "../elsewhere", "a/../../b", " "])
def test_a_folder_outside_the_project_is_an_error(folder):
    with pytest.raises(ValidationError, match="must be a folder inside the project"):
        CsvFile(folder=folder)


def test_headers_separator_and_audience_column_are_as_asked():
    own = CsvFile(
        separator="semicolon",
        change_column="op",
        audience_column="list",
        headers={"household_id": "household"},
    )
    first = DESTINATION.request(own, BATCH).content.decode().splitlines()[:2]
    assert first == ["op;list;household;email", "added;coffee_lovers;42;a@example.com"]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(deadline=None)
@given(st.lists(st.lists(TEXT, min_size=1, max_size=3), max_size=6))
def test_whatever_the_values_a_reader_gets_them_back(people):
    members = tuple(Member({"email": tuple(own)}) for own in people)
    content = DESTINATION.request(CsvFile(), replace(BATCH, fields=("email",), members=members)).content
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert rows == [["change", "email"], *(["added", value] for own in people for value in own)]
