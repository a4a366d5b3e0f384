"""Canadian TCF strings: today's form and the older one, and what is none."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from tests.privacy.signals.strategies import canadian_strings, vendors
from tests.privacy.signals.vectors import vectors

from headwater.core.errors import SignalError
from headwater.privacy.signals import tcf_canada
from headwater.privacy.signals.bit_reader import MOST_SIGNS, Reader
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.fibonacci import read_optimized, read_ranges, write_optimized, write_ranges
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.vendor_lists import write_vendors_in_gpp

TEXT = next(each["text"] for each in vectors("gpp") if each["id"] == "tcfcav1-2").partition("~")[2]


@given(canadian_strings)
def test_what_is_written_is_read_again(said):
    assert tcf_canada.decode(tcf_canada.encode(said)) == said


def test_vendors_as_older_encoders_wrote_them_are_read_and_written_anew():
    said = replace(tcf_canada.decode(TEXT), disclosed_vendors=IdSet.of([3, 4, 5, 900]))
    today = Writer("today")
    today.number(1, 3, "the kind")
    write_optimized(today, said.disclosed_vendors)
    older = Writer("older")
    older.number(1, 3, "the kind")
    write_vendors_in_gpp(older, said.disclosed_vendors)
    old_text = f"{TEXT}.{older.text(to_bytes=True)}"
    assert older.text(to_bytes=True) != today.text(to_bytes=True)
    assert tcf_canada.decode(old_text) == said
    assert tcf_canada.encode(tcf_canada.decode(old_text)) == f"{TEXT}.{today.text(to_bytes=True)}"


@given(vendors)
def test_ids_are_written_in_the_shorter_form(ids):
    writer = Writer("it")
    write_optimized(writer, ids)
    reader = Reader(writer.text(to_bytes=True), "it")
    assert reader.number(16) == ids.largest
    if reader.flag():
        assert read_ranges(reader) == ids
        assert reader.at <= 17 + ids.largest
    else:
        assert reader.ids(ids.largest) == ids


def test_an_id_beyond_the_largest_is_refused():
    writer = Writer("it")
    writer.number(5, 16, "the largest")
    writer.flag(True)
    write_ranges(writer, IdSet.of([2, 3, 6]))
    with pytest.raises(SignalError, match="it, at bit .*: an id is 6; the largest is 5"):
        read_optimized(Reader(writer.text(to_bytes=True), "it"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"C{TEXT[1:]}", "Canadian TCF core segment, at bit 6: says it is of version 2"),
        (TEXT.replace(".Y", ".g"), "TCF segment 2, at bit 3: is of kind 4; there are 1, 3"),
        (f"{TEXT}.YAAAAAAAAAA", "Canadian TCF publisher segment, at bit 3: is there twice"),
        (f"{TEXT}.IAAB", "Canadian TCF disclosed vendors segment, at bit 20: bits are set"),
        (f"{TEXT}.", "TCF segment 3: is empty"),
        (TEXT.partition(".")[0][:30], "ends after 180 bits"),
    ],
)
def test_what_is_none_is_refused_and_it_is_told_where(text, message):
    with pytest.raises(SignalError, match=message):
        tcf_canada.decode(text)


@pytest.mark.parametrize("sign", "AQq_")
def test_the_longest_strings_are_answered_at_once(sign):
    began = time.process_time()
    for text in (TEXT[:40] + sign * (MOST_SIGNS - 40), f"{TEXT}.I" + sign * (MOST_SIGNS - 1)):
        with pytest.raises(SignalError):
            tcf_canada.decode(text)
    assert time.process_time() - began < 2
