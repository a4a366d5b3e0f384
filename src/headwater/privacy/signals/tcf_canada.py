"""Consent strings of IAB Canada's TCF, version 1: a section of GPP (`tcfcav1`), read and written.

Consent is express (an opt-in) or implied (told, and not opted out of). Vendors are Fibonacci-coded ranges or bit fields.
Strings of older encoders, which had ranges of fixed width, are read too, and written in the form of the specification.

Source: IAB Tech Lab, GPP extension: IAB Canada TCF; GPP consent string specification, "OptimizedRange".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from headwater.core.errors import SignalError
from headwater.privacy.signals.bits import Reader, Writer
from headwater.privacy.signals.fibonacci import read_optimized, write_optimized
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string import Restriction
from headwater.privacy.signals.tcf_parts import (
    N_PURPOSES,
    N_SPECIAL_FEATURES,
    read_cmp,
    read_publisher,
    read_restrictions,
    read_segments,
    write_cmp,
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


@dataclass(frozen=True, slots=True)
class CanadianPublisherPurposes:
    """What the publisher itself is allowed: standard purposes, and custom ones, numbered from 1 to `n_custom`."""

    express: IdSet
    implied: IdSet
    n_custom: int
    custom_express: IdSet
    custom_implied: IdSet


@dataclass(frozen=True, slots=True)
class CanadianTcString:
    """What a Canadian consent string says.

    Attributes:
        created: when it was first made; `updated` when last changed; both UTC, in tenths of a second.
        cmp_id: the consent platform that wrote it, and its `cmp_version`; `consent_screen` the screen it was given on.
        language: of the texts shown, two capital letters.
        vendor_list_version: of the vendor list that was shown; `policy_version` of the policies.
        uses_non_standard_texts: whether purposes were explained otherwise than in TCF's words.
        special_features: those expressly consented to.
        purposes: those expressly consented to; `implied_purposes` those of which it was told, and not opted out.
        vendors: as for purposes, as `implied_vendors`.
        restrictions: the publisher's, in the order of the string.
        disclosed_vendors: those that were shown; None: it does not say.
        publisher: None: it does not say.
    """

    created: datetime
    updated: datetime
    cmp_id: int
    cmp_version: int
    consent_screen: int
    language: str
    vendor_list_version: int
    policy_version: int
    uses_non_standard_texts: bool
    special_features: IdSet
    purposes: IdSet
    implied_purposes: IdSet
    vendors: IdSet
    implied_vendors: IdSet
    restrictions: tuple[Restriction, ...] = ()
    disclosed_vendors: IdSet | None = None
    publisher: CanadianPublisherPurposes | None = None


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
        raise reader.wrong(f"says it is of version {version}, which is not known; version {VERSION} is read")
    said = CanadianTcString(
        created=reader.instant(),
        updated=reader.instant(),
        cmp_id=read_cmp(reader),
        cmp_version=reader.number(12),
        consent_screen=reader.number(6),
        language=reader.letters("the language"),
        vendor_list_version=reader.number(12),
        policy_version=reader.number(6),
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
    writer.number(VERSION, 6, "the version")
    writer.instant(said.created, "created")
    writer.instant(said.updated, "updated")
    write_cmp(writer, said.cmp_id)
    writer.number(said.cmp_version, 12, "the consent platform's version")
    writer.number(said.consent_screen, 6, "the consent screen")
    writer.letters(said.language, "the language")
    writer.number(said.vendor_list_version, 12, "the vendor list's version")
    writer.number(said.policy_version, 6, "the policy version")
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
