"""Consent strings of IAB Europe's Transparency and Consent Framework, version 2 (2.0 to 2.3), read and written.

A string is up to four segments joined by dots: the core first, then in any order the vendors disclosed (1), the vendors
allowed (2) and what the publisher itself is allowed (3). A segment that is not there is None, which is something else than
one that names nobody.

Source: IAB Tech Lab, Transparency and Consent String with Global Vendor and CMP List Formats, version 2.
"""

from __future__ import annotations

from collections.abc import Callable

from headwater.privacy.signals.bit_reader import Layout, Reader
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.fault import Fault
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string import PublisherPurposes, TcString
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
from headwater.privacy.signals.vendor_lists import read_entries, read_vendors, write_entries, write_vendors

VERSION = 2
WriteVendors = Callable[[Writer, IdSet], None]

_CORE = "TCF core segment"
_COUNTRY = Layout(6, 6)
_DISCLOSED, _ALLOWED, _PUBLISHER = 1, 2, 3
_SEGMENTS = {
    _DISCLOSED: "TCF disclosed vendors segment",
    _ALLOWED: "TCF allowed vendors segment",
    _PUBLISHER: "TCF publisher segment",
}


def decode(text: str) -> TcString:
    """What a string says.

    Raises:
        SignalError: it is not one, is of another version, or is not exactly as long as what it says.
    """
    core, *others = text.split(".")
    reader = Reader(core, _CORE)
    _check_version(reader)
    readers = read_segments(others, _SEGMENTS)
    said = _read_rest(reader, readers)
    for each in (reader, *readers.values()):
        each.end()
    return said


def encode(said: TcString, write_vendors: WriteVendors = write_vendors) -> str:
    """The string that says it, as the reference encoder writes it.

    Args:
        said: what to say.
        write_vendors: how vendors are written: GPP chooses between the two forms otherwise than TCF.

    Raises:
        SignalError: something does not fit into a string.
    """
    segments = [_write_core(said, write_vendors)]
    for kind, vendors in ((_DISCLOSED, said.disclosed_vendors), (_ALLOWED, said.allowed_vendors)):
        if vendors is not None:
            writer = _segment(kind)
            write_vendors(writer, vendors)
            segments.append(writer.text(to_bytes=False))
    if said.publisher is not None:
        segments.append(_write_publisher(said.publisher))
    return ".".join(segments)


def _read_rest(reader: Reader, others: dict[int, Reader]) -> TcString:
    """The core's fields in its order, behind the version; the other segments come last."""
    return TcString(
        *read_head(reader),
        reader.flag(),  # is_service_specific
        reader.flag(),  # uses_non_standard_texts
        reader.ids(N_SPECIAL_FEATURES),
        reader.ids(N_PURPOSES),
        reader.ids(N_PURPOSES),  # by interest
        reader.flag(),  # is_purpose_one_left_out
        reader.letters(reader.numbers(_COUNTRY), "the publisher's country"),
        read_vendors(reader),
        read_vendors(reader),  # by interest
        read_restrictions(reader, read_entries),
        read_vendors(others[_DISCLOSED]) if _DISCLOSED in others else None,
        read_vendors(others[_ALLOWED]) if _ALLOWED in others else None,
        PublisherPurposes(*read_publisher(others[_PUBLISHER])) if _PUBLISHER in others else None,
    )


def _check_version(reader: Reader) -> None:
    version = reader.number(6)
    if version == 1:
        raise reader.wrong("is of TCF version 1, which ended in 2020; version 2 is read", Fault.WRONG_VERSION)
    if version != VERSION:
        told = f"says it is of TCF version {version}, which is not known; version 2 is read"
        raise reader.wrong(told, Fault.WRONG_VERSION)


def _write_core(said: TcString, write_vendors: WriteVendors) -> str:
    writer = Writer(_CORE)
    write_head(writer, VERSION, said)
    writer.flag(said.is_service_specific)
    writer.flag(said.uses_non_standard_texts)
    writer.ids(said.special_features, N_SPECIAL_FEATURES, "special features")
    writer.ids(said.purposes, N_PURPOSES, "purposes")
    writer.ids(said.purposes_by_interest, N_PURPOSES, "purposes by interest")
    writer.flag(said.is_purpose_one_left_out)
    writer.letters(said.publisher_country, "the publisher's country")
    write_vendors(writer, said.vendors)
    write_vendors(writer, said.vendors_by_interest)
    write_restrictions(writer, said.restrictions, write_entries)
    return writer.text(to_bytes=False)


def _write_publisher(said: PublisherPurposes) -> str:
    writer = _segment(_PUBLISHER)
    customs = (said.custom_consents, said.custom_legitimate_interests)
    write_publisher(writer, (said.consents, said.legitimate_interests, said.n_custom, *customs))
    return writer.text(to_bytes=False)


def _segment(kind: int) -> Writer:
    writer = Writer(_SEGMENTS[kind])
    writer.number(kind, 3, "the kind of segment")
    return writer
