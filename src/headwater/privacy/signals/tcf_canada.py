"""Consent strings of IAB Canada's TCF, version 1: a section of GPP (`tcfcav1`), read and written.

Consent is express (an opt-in) or implied (told, and not opted out of). Vendors are Fibonacci-coded ranges or bit fields.
Strings of older encoders, which had ranges of fixed width, are read too, and written in the form of the specification.

Source: IAB Tech Lab, GPP extension: IAB Canada TCF; GPP consent string specification, "OptimizedRange".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from headwater.core.errors import SignalError
from headwater.privacy.signals.bit_reader import Reader
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.fault import Fault
from headwater.privacy.signals.fibonacci import read_optimized, write_optimized
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string_canada import CanadianPublisherPurposes, CanadianTcString
from headwater.privacy.signals.tcf_parts import (
    N_PURPOSES,
    N_SPECIAL_FEATURES,
    read_head,
    read_publisher,
    read_restrictions,
    read_segments,
    write_head,
    write_publisher,
    write_restrictions,
)
from headwater.privacy.signals.vendor_lists import read_entries, read_vendors

VERSION = 1

_CORE = "Canadian TCF core segment"
_DISCLOSED, _PUBLISHER = 1, 3
_SEGMENTS = {
    _DISCLOSED: "Canadian TCF disclosed vendors segment",
    _PUBLISHER: "Canadian TCF publisher segment",
}
Said = TypeVar("Said")


class Form(NamedTuple):
    """How vendors are written: in lists, and in restrictions."""

    vendors: Callable[[Reader], IdSet]
    restricted: Callable[[Reader], IdSet]


_FORMS = (
    Form(read_optimized, read_optimized),
    Form(read_vendors, read_entries),
)  # the second one is of older encoders


def decode(text: str) -> CanadianTcString:
    """What a section says.

    Raises:
        SignalError: it is none, is of another version, or is not exactly as long as what it says.
    """
    core, *others = text.split(".")
    readers = read_segments(others, _SEGMENTS)
    publisher, disclosed = None, None
    if _PUBLISHER in readers:
        publisher = _read_publisher(readers[_PUBLISHER])
    if _DISCLOSED in readers:
        disclosed = _in_either_form(lambda form: _read_disclosed(readers[_DISCLOSED], form))
    return _in_either_form(lambda form: _read_core(Reader(core, _CORE), form, disclosed, publisher))


def encode(said: CanadianTcString) -> str:
    """The section that says it, as the reference encoder writes it.

    Raises:
        SignalError: something does not fit into it.
    """
    segments = [_write_core(said)]
    if (publisher := said.publisher) is not None:
        writer = _segment(_PUBLISHER)
        customs = (publisher.custom_express, publisher.custom_implied)
        write_publisher(writer, (publisher.express, publisher.implied, publisher.n_custom, *customs))
        segments.append(writer.text(to_bytes=True))
    if said.disclosed_vendors is not None:
        writer = _segment(_DISCLOSED)
        write_optimized(writer, said.disclosed_vendors)
        segments.append(writer.text(to_bytes=True))
    return ".".join(segments)


def _in_either_form(read: Callable[[Form], Said]) -> Said:
    """What is read in today's form, or if it is not of that one, in the older."""
    today, older = _FORMS
    try:
        return read(today)
    except SignalError as error:
        try:
            return read(older)
        except SignalError:
            raise error from None


def _read_core(
    reader: Reader, form: Form, disclosed: IdSet | None, publisher: CanadianPublisherPurposes | None
) -> CanadianTcString:
    """Fields in the order of the string."""
    if (version := reader.number(6)) != VERSION:
        told = f"says it is of version {version}, which is not known; version {VERSION} is read"
        raise reader.wrong(told, Fault.WRONG_VERSION)
    said = CanadianTcString(
        *read_head(reader),
        uses_non_standard_texts=reader.flag(),
        special_features=reader.ids(N_SPECIAL_FEATURES),
        purposes=reader.ids(N_PURPOSES),
        implied_purposes=reader.ids(N_PURPOSES),
        vendors=form.vendors(reader),
        implied_vendors=form.vendors(reader),
        restrictions=read_restrictions(reader, form.restricted),
        disclosed_vendors=disclosed,
        publisher=publisher,
    )
    reader.end(to_signs=True)
    return said


def _read_disclosed(reader: Reader, form: Form) -> IdSet:
    reader.at = 3  # behind the kind of segment
    vendors = form.vendors(reader)
    reader.end(to_signs=True)
    return vendors


def _read_publisher(reader: Reader) -> CanadianPublisherPurposes:
    said = CanadianPublisherPurposes(*read_publisher(reader))
    reader.end(to_signs=True)
    return said


def _write_core(said: CanadianTcString) -> str:
    writer = Writer(_CORE)
    write_head(writer, VERSION, said)
    writer.flag(said.uses_non_standard_texts)
    writer.ids(said.special_features, N_SPECIAL_FEATURES, "special features")
    writer.ids(said.purposes, N_PURPOSES, "purposes")
    writer.ids(said.implied_purposes, N_PURPOSES, "implied purposes")
    write_optimized(writer, said.vendors)
    write_optimized(writer, said.implied_vendors)
    write_restrictions(writer, said.restrictions, write_optimized)
    return writer.text(to_bytes=True)


def _segment(kind: int) -> Writer:
    writer = Writer(_SEGMENTS[kind])
    writer.number(kind, 3, "the kind of segment")
    return writer
