"""What the consent strings of TCF in Europe and in Canada have in common, read and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from headwater.core.errors import SignalError
from headwater.privacy.signals.bit_reader import Layout, Reader, moment_of
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.id_set import NOBODY, IdSet
from headwater.privacy.signals.tc_string import Restriction, RestrictionType, TcString
from headwater.privacy.signals.tc_string_canada import CanadianTcString

N_PURPOSES, N_SPECIAL_FEATURES = 24, 12  # how many there is room for
FIRST_CMP = 2  # ids of consent platforms begin there
_KINDS = tuple(RestrictionType)
_HEAD = Layout(36, 36, 12, 12, 6, 6, 6, 12, 6)
Head = tuple[datetime, datetime, int, int, int, str, int, int]


def read_segments(texts: list[str], kinds: Mapping[int, str]) -> dict[int, Reader]:
    """The segments after the core by their kind, each read up to behind it.

    Args:
        texts: the segments.
        kinds: what each kind is called.

    Raises:
        SignalError: there is no such kind, or one is there twice.
    """
    found: dict[int, Reader] = {}
    for number, text in enumerate(texts, start=2):
        reader = Reader(text, f"TCF segment {number}")
        kind = reader.number(3)
        if kind not in kinds:
            raise reader.wrong(f"is of kind {kind}; there are {', '.join(map(str, kinds))}")
        reader.where = kinds[kind]
        if kind in found:
            raise reader.wrong("is there twice")
        found[kind] = reader
    return found


def read_head(reader: Reader) -> Head:
    """What the core begins with, behind the version.

    Raises:
        SignalError: no consent platform has that id, or the language is not two letters.
    """
    created, updated, cmp_id, cmp_version, screen, first, second, vendor_list, policy = reader.numbers(_HEAD)
    if cmp_id < FIRST_CMP:
        raise reader.wrong(f"the id of the consent platform (cmpId) is {cmp_id}; they begin at {FIRST_CMP}")
    language = reader.letters((first, second), "the language")
    return (
        moment_of(created),
        moment_of(updated),
        cmp_id,
        cmp_version,
        screen,
        language,
        vendor_list,
        policy,
    )


def write_head(writer: Writer, version: int, said: TcString | CanadianTcString) -> None:
    """What the core begins with.

    Raises:
        SignalError: something does not fit.
    """
    if said.cmp_id < FIRST_CMP:
        raise SignalError(
            f"{writer.where}: the id of the consent platform is {said.cmp_id}; they begin at {FIRST_CMP}"
        )
    writer.number(version, 6, "the version")
    writer.instant(said.created, "created")
    writer.instant(said.updated, "updated")
    writer.number(said.cmp_id, 12, "the id of the consent platform")
    writer.number(said.cmp_version, 12, "the consent platform's version")
    writer.number(said.consent_screen, 6, "the consent screen")
    writer.letters(said.language, "the language")
    writer.number(said.vendor_list_version, 12, "the vendor list's version")
    writer.number(said.policy_version, 6, "the policy version")


def read_restrictions(reader: Reader, read_vendors: Callable[[Reader], IdSet]) -> tuple[Restriction, ...]:
    """How many (12 bits), then each: the purpose, the kind, the vendors. The same purpose and kind again adds its vendors.

    Raises:
        SignalError: there is no such purpose or kind.
    """
    found: dict[tuple[int, RestrictionType], IdSet] = {}
    for _ in range(reader.number(12)):
        purpose, kind = divmod(reader.number(8), 4)
        if not 0 < purpose <= N_PURPOSES or kind >= len(_KINDS):
            raise reader.wrong(f"there is no restriction of kind {kind} for a purpose {purpose}")
        key = (purpose, _KINDS[kind])
        vendors = read_vendors(reader)
        found[key] = IdSet(found[key].bits | vendors.bits) if key in found else vendors
    return tuple(Restriction(purpose, kind, vendors) for (purpose, kind), vendors in found.items())


def write_restrictions(
    writer: Writer, restrictions: tuple[Restriction, ...], write_vendors: Callable[[Writer, IdSet], None]
) -> None:
    """How many, then each.

    Raises:
        SignalError: there is no such purpose, or they do not fit.
    """
    writer.number(len(restrictions), 12, "the number of restrictions")
    for each in restrictions:
        if not 0 < each.purpose <= N_PURPOSES:
            raise SignalError(f"{writer.where}: there is no restriction for a purpose {each.purpose}")
        writer.number(each.purpose, 6, "a purpose")
        writer.number(each.kind, 2, "the kind of a restriction")
        write_vendors(writer, each.vendors)


def read_publisher(reader: Reader) -> tuple[IdSet, IdSet, int, IdSet, IdSet]:
    """Standard purposes on two bases, how many custom ones there are, and those on both."""
    first, second = reader.ids(N_PURPOSES), reader.ids(N_PURPOSES)
    n_custom = reader.number(6)
    if not n_custom:
        return first, second, 0, NOBODY, NOBODY
    return first, second, n_custom, reader.ids(n_custom), reader.ids(n_custom)


def write_publisher(writer: Writer, said: tuple[IdSet, IdSet, int, IdSet, IdSet]) -> None:
    """The same.

    Raises:
        SignalError: a purpose does not fit.
    """
    first, second, n_custom, first_custom, second_custom = said
    writer.ids(first, N_PURPOSES, "purposes")
    writer.ids(second, N_PURPOSES, "purposes")
    writer.number(n_custom, 6, "the number of custom purposes")
    writer.ids(first_custom, n_custom, "custom purposes")
    writer.ids(second_custom, n_custom, "custom purposes")
