"""The live store: one memory-mapped file (LMDB) that the stream writes and any number of processes read meanwhile.

    live/store/   identifiers   blind index of an identifier -> whose
                  cards, pasts  person -> the two parts of `state.Person`, sealed
                  wakes         (moment, person): who is to be judged again when, though nothing more happens
                  seen …        ids of messages that came, one table a day
                  counts        how often variants of placements were shown and rewarded
                  meta          how far the log has been taken in, and what was written of it

All of a transaction is there or nothing, also after a power cut; so what the log position says was taken in, was, once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from itertools import count, islice
from pathlib import Path
from typing import Any

import lmdb
import msgspec

from headwater.core.errors import BusyError, StorageError
from headwater.core.owner import is_owned
from headwater.core.sealing.pieces import Pieces
from headwater.core.sealing.seals import Place, Seals
from headwater.live.state import Card, Node, Past, Person, value_of_stored

Db = Any  # LMDB's handle of a table
MOST_BYTES = 1 << 38  # of address space, not of memory or disk
SEEN_DAYS = (
    4  # of which messages' ids are remembered: two whole days at the least, also after the clock has jumped
)
_SEEN = tuple(f"seen_{number}" for number in range(SEEN_DAYS))
_NAMES = ("identifiers", "cards", "pasts", "wakes", "counts", "meta", *_SEEN)
_FILLING, _PAGES_AT_ONCE, _MARGIN = "filling", 4096, 16
_PAGE = bytes(4000)  # a value that takes a page of its own
_SEALED = Place("live", "store")
_MAKING_SECONDS = 5.0

_ENCODER = msgspec.msgpack.Encoder()
_CARDS = msgspec.msgpack.Decoder(Card)
_PASTS = msgspec.msgpack.Decoder(Past)


class Safe:
    """How the store and the base keep who somebody is: `pieces` seals what is held of them."""

    def __init__(self, seals: Seals) -> None:
        self.pieces = Pieces(seals, _SEALED)
        # Of one event the same few are asked for again and again.
        self.index_of: Callable[[Node], str] = lru_cache(4096)(
            lambda node: seals.index_text(node[1], node[0])
        )
        """What stands for an identifier's value."""

    def key_of(self, node: Node) -> bytes:
        """An identifier as a key."""
        return self.index_of(node).encode()


class Store:
    """The store of a project."""

    def __init__(self, folder: Path, seals: Seals, *, is_writer: bool = False) -> None:
        self._owner = -1
        self._safe = Safe(seals)
        try:
            if is_writer:
                self._owner = _owned(folder)
            self._env = lmdb.open(
                str(folder),
                map_size=MOST_BYTES,
                max_dbs=64,
                max_readers=512,
                readonly=not is_writer,
                lock=True,
                readahead=False,
            )
            self._env.reader_check()  # readers that were killed hold on to what nobody reads any more
            self._dbs = _tables(self._env, is_writer=is_writer)
        except (lmdb.Error, OSError) as error:
            self._disown()
            raise StorageError(
                f"the live store cannot be opened: {error}",
                next_step="start `headwater serve` first; if it is damaged, `headwater rebuild` makes it anew",
            ) from error

    @contextmanager
    def reading(self) -> Iterator[View]:
        """What is in the store at this moment, whatever is written meanwhile."""
        with self._env.begin(buffers=False) as txn:
            yield View(txn, self._dbs, self._safe)

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """Change the store: all of the block, or after an error nothing.

        Raises:
            StorageError: the disk is full, or broken.
        """
        try:
            with self._env.begin(write=True) as txn:
                yield Draft(txn, self._dbs, self._safe)
        except lmdb.Error as error:
            raise StorageError(
                f"the live store cannot be written: {error}", next_step="free disk space"
            ) from error

    def overwrite_free(self) -> None:
        """Write over every page of the file that nothing stands in any more: LMDB leaves there what was removed.

        Pages that somebody still reads are left out; nobody reads for long. The file grows by a few pages at the most.
        """
        filling = self._env.open_db(_FILLING.encode())
        pages = self._env.info()["last_pgno"] + 1 + _MARGIN
        self._env.set_mapsize(
            pages * self._env.stat()["psize"]
        )  # so it is full when no page is free any more
        numbers, at_once = count(), _PAGES_AT_ONCE
        try:
            while at_once:
                try:
                    with self._env.begin(write=True) as txn:
                        for number in islice(numbers, at_once):
                            txn.put(_key(number), _PAGE, db=filling)
                except lmdb.MapFullError:
                    at_once //= 2
        finally:
            self._env.set_mapsize(MOST_BYTES)
        with self._env.begin(write=True) as txn:
            txn.drop(filling)

    def rewrite(self) -> None:
        """Put everything where it is once more, so that no page stays as it was written.

        LMDB leaves in the gaps of a new page what stood in the memory that it made the page in: of other persons, too.
        """
        for db in self._dbs.values():
            with self._env.begin(write=True, db=db) as txn, txn.cursor() as cursor:
                for key, value in cursor:
                    cursor.put(key, value)

    def close(self) -> None:
        """Let go of the files."""
        self._env.close()
        self._disown()

    def _disown(self) -> None:
        if self._owner >= 0:
            os.close(self._owner)
        self._owner = -1


def _tables(env: lmdb.Environment, *, is_writer: bool) -> dict[str, Db]:
    """The tables; a store that is just being made has them in a moment."""
    until = time.monotonic() + (0 if is_writer else _MAKING_SECONDS)
    while True:
        try:
            return {name: env.open_db(name.encode(), create=is_writer) for name in _NAMES}
        except lmdb.NotFoundError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


class View:
    """One consistent state of the store."""

    def __init__(self, txn: lmdb.Transaction, dbs: Mapping[str, Db], safe: Safe) -> None:
        self._txn = txn
        self._dbs = dbs
        self._safe = safe
        self._days: dict[str, str] = {}

    def key_of(self, node: Node) -> int | None:
        """Who has this identifier; None: nobody here."""
        found = self._get("identifiers", self._safe.key_of(node))
        return None if found is None else int.from_bytes(found, "big")

    def card(self, key: int) -> Card:
        """What decisions read of a person."""
        found = self._opened("cards", key)
        card = Card() if found is None else _CARDS.decode(found)
        card.traits = {name: value_of_stored(value) for name, value in card.traits.items()}
        return card

    def past(self, key: int) -> Past:
        """What rules look at."""
        found = self._opened("pasts", key)
        return Past() if found is None else _PASTS.decode(found)

    def has(self, key: int) -> bool:
        """Whether there is such a person."""
        return self._get("cards", _key(key)) is not None

    def n_people(self) -> int:
        """How many persons there are."""
        return int(self._txn.stat(self._dbs["cards"])["entries"])

    def person(self, key: int) -> Person:
        """Both."""
        return Person(key, self.card(key), self.past(key))

    def sealed(self, key: int) -> list[bytes]:
        """What is held of a person, as it stands in the file."""
        return [found for name in ("cards", "pasts") if (found := self._get(name, _key(key)))]

    def people(self, begin: int = 0) -> Iterator[int]:
        """Everyone's keys from one on, ascending."""
        with self._txn.cursor(self._dbs["cards"]) as cursor:
            if cursor.set_range(_key(begin)):
                for key in cursor.iternext(keys=True, values=False):
                    yield int.from_bytes(key, "big")

    def end_of_people(self) -> int:
        """A key that is greater than everyone's."""
        with self._txn.cursor(self._dbs["cards"]) as cursor:
            return int.from_bytes(cursor.key(), "big") + 1 if cursor.last() else 0

    def noted(self, name: str) -> str:
        """What was noted under a name; empty: nothing."""
        found = self._get("meta", name.encode())
        return "" if found is None else found.decode()

    def number(self, name: str) -> int:
        """A number that was noted; 0: none was."""
        return int(self.noted(name) or 0)

    def counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(placement, variant) to how often it was shown, and rewarded."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        with self._txn.cursor(self._dbs["counts"]) as cursor:
            for key, value in cursor:
                placement, _, variant = bytes(key).decode().partition("\0")
                shown, rewarded = msgspec.msgpack.decode(value)
                found[placement, variant] = (shown, rewarded)
        return found

    def was_seen(self, message_id: str) -> bool:
        """Whether a message of this id was accepted on one of the days that are remembered."""
        key = _hashed(message_id)
        tables = self._tables_of_days().values()
        return any(self._txn.get(key, db=self._dbs[table]) is not None for table in tables)

    def next_wake(self) -> tuple[int, int] | None:
        """The first moment at which somebody is to be judged again, and who; None: nobody is."""
        with self._txn.cursor(self._dbs["wakes"]) as cursor:
            if not cursor.first():
                return None
            key = bytes(cursor.key())
            return int.from_bytes(key[:8], "big"), int.from_bytes(key[8:], "big")

    def _tables_of_days(self) -> dict[str, str]:
        if not self._days:
            self._days = dict(each.split("=") for each in self.noted("days").split())
        return self._days

    def _opened(self, name: str, key: int) -> bytes | None:
        """A part of a person; None: there is none, or its key was forgotten."""
        found = self._get(name, _key(key))
        return None if found is None else self._safe.pieces.open(found)

    def _get(self, name: str, key: bytes) -> bytes | None:
        found = self._txn.get(key, db=self._dbs[name])
        return None if found is None else bytes(found)


class Draft(View):
    """A store being changed."""

    def standing_for(self, node: Node) -> Node:
        """An identifier's kind and blind index: what is kept to say of which of somebody's identifiers something was heard."""
        return node[0], self._safe.index_of(node)

    def note(self, name: str, value: object) -> None:
        """Note something under a name."""
        self._txn.put(name.encode(), str(value).encode(), db=self._dbs["meta"])

    def give(self, node: Node, key: int) -> None:
        """Let an identifier be somebody's."""
        self._txn.put(self._safe.key_of(node), _key(key), db=self._dbs["identifiers"])

    def take_away(self, node: Node) -> None:
        """Let an identifier be nobody's."""
        self._txn.delete(self._safe.key_of(node), db=self._dbs["identifiers"])

    def put(self, person: Person) -> None:
        """Keep a person, and list them under when they are to be judged again."""
        wake = person.past.due[0][0] if person.past.due else 0
        if wake != person.past.wake:
            self._unlist(person)
            if wake:
                self._txn.put(_key(wake) + _key(person.key), b"", db=self._dbs["wakes"])
            person.past.wake = wake
        seal = self._safe.pieces.seal
        self._txn.put(_key(person.key), seal(_ENCODER.encode(person.card)), db=self._dbs["cards"])
        self._txn.put(_key(person.key), seal(_ENCODER.encode(person.past)), db=self._dbs["pasts"])

    def remove(self, person: Person) -> None:
        """Forget a person; their identifiers are for whoever calls to give or to take away."""
        self._unlist(person)
        for name in ("cards", "pasts"):
            self._txn.delete(_key(person.key), db=self._dbs[name])

    def erase(self, person: Person) -> None:
        """Forget a person and their identifiers; what stood in a page with others is written over there.

        Blind indexes may be left in such a page. They say nothing without the keys, and who is kept out is known by them anyway.
        """
        for name in ("cards", "pasts"):
            if (found := self._get(name, _key(person.key))) is not None:
                self._txn.put(_key(person.key), bytes(len(found)), db=self._dbs[name])
        for node in person.card.identifiers:
            self.take_away(node)
        self.remove(person)

    def count(self, placement: str, variant: str, *, shown: int = 0, rewarded: int = 0) -> None:
        """Add to how often a variant was shown, and rewarded."""
        key = f"{placement}\0{variant}".encode()
        before = self._get("counts", key)
        held = msgspec.msgpack.decode(before) if before else [0, 0]
        value = msgspec.msgpack.encode([held[0] + shown, held[1] + rewarded])
        self._txn.put(key, value, db=self._dbs["counts"])

    def see(self, message_id: str, day: str) -> None:
        """Note that a message was accepted on a day.

        Of SEEN_DAYS days it is remembered which were: those that began last, so that a clock that jumps ahead and back makes
        no more than one of them forgotten.
        """
        self._txn.put(_hashed(message_id), b"", db=self._dbs[self._seen_on(day)])

    def _seen_on(self, day: str) -> str:
        """The table of a day; that of the day that began longest ago is emptied for one that begins."""
        if day not in self._tables_of_days():
            unused = [table for table in _SEEN if table not in self._days.values()]
            table = unused[0] if unused else self._days.pop(next(iter(self._days)))
            self._txn.drop(self._dbs[table], delete=False)
            self._days[day] = table
            self.note("days", " ".join(f"{each}={held}" for each, held in self._days.items()))
        return self._days[day]

    def _unlist(self, person: Person) -> None:
        if person.past.wake:
            self._txn.delete(_key(person.past.wake) + _key(person.key), db=self._dbs["wakes"])


def is_written(folder: Path) -> bool:
    """Whether a process has the store to write in."""
    return is_owned(folder, "owner")


def _owned(folder: Path) -> int:
    """Be the one who writes the store, as long as the file that this gives is open: two streams would count twice."""
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / "owner", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise BusyError(
            "another process writes the live store", next_step="end `headwater serve` of this project first"
        ) from None
    return file


def _hashed(message_id: str) -> bytes:
    return hashlib.blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _key(number: int) -> bytes:
    return number.to_bytes(8, "big")
