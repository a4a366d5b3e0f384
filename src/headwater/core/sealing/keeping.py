"""A project's key ring: made at first use, loaded, rotated; and one key forgotten for good.

Reads and writes the keys where the settings `keys_in` and `keys_file` say, and `lake/sealed_by.json`, which goes with the
tables: whose keys may have sealed what is in them, by id and without secrets. By it, lost keys are told from none yet, so
that no new ones are made where old ones are needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from headwater.core.errors import KeysError, StorageError
from headwater.core.project import Project
from headwater.core.sealing.keys import KeyRing, new_ring, read_ring, write_ring
from headwater.core.sealing.seals import Seals
from headwater.core.sealing.stores import FileStore, KeyStore, SystemStore, VariableStore

KEYS_FILE, RECORD_KEYS, WITNESS = "keys/keys.json", "keys/records", "lake/sealed_by.json"


@dataclass(frozen=True)
class Keeping:
    """Where the keys of a project are kept, those of its logs' records, and what says of its tables by which they are sealed."""

    project: str
    store: KeyStore
    witness: Path
    records: Path

    def load(self) -> KeyRing | None:
        """The ring; None if the project has none yet. Nothing is written.

        Raises:
            KeysError: it is lost, damaged, of another project, or lacks keys that may have sealed what is in the tables.
        """
        needed = self._witnessed()  # first: a key is kept before it is witnessed
        text = self.store.read()
        if text is None:
            if needed:
                raise self._lost(needed)
            return None
        ring = read_ring(text, self.store.name)
        if ring.project != self.project:
            raise KeysError(
                f"the keys in {self.store.name} are of the project '{ring.project}', and this is '{self.project}'",
                next_step="name this project's own keys; a project that has keys cannot be given another name",
            )
        if missing := needed - ring.key_ids:
            raise self._lost(missing)
        return ring

    def load_or_create(self) -> KeyRing:
        """The ring; at first use a new one. Of processes that come at the same time, all get the same.

        Raises:
            KeysError: as `load`; or a new one cannot be kept there.
        """
        ring = self.load()
        if ring is None:
            with self.store.changing():
                ring = self.load()
                if ring is None:
                    ring = new_ring(self.project, datetime.now(UTC))
                    self.store.create(write_ring(ring))
        self._bear_witness(ring)
        return ring

    def rotate(self) -> KeyRing:
        """Add a key that seals from now on; the one before only opens.

        Raises:
            KeysError: there is no ring yet, or it cannot be read or changed.
        """
        return self._change(lambda ring: ring.rotated(datetime.now(UTC)))

    def forget(self, key_id: str) -> KeyRing:
        """Destroy one retired key: what it sealed, here and in every copy and backup of the data, is gone for good.

        Raises:
            UserError: there is no such key, or it is active.
            KeysError: there is no ring yet, or it cannot be read or changed.
        """
        return self._change(lambda ring: ring.without(key_id))

    def seals(self) -> Seals:
        """What seals and opens with the project's keys, made at first use."""
        return Seals(self.load_or_create(), self.load_or_create, self.records)

    def _change(self, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
        with self.store.changing():
            ring = self.load()
            if ring is None:
                raise KeysError(
                    "this project has no keys yet", next_step="they are made when something is sealed first"
                )
            changed = change(ring)
            self.store.replace(write_ring(changed))
        self._bear_witness(changed)
        return changed

    def _witnessed(self) -> frozenset[str]:
        try:
            held = json.loads(self.witness.read_text(encoding="utf-8"))
            return frozenset(str(each) for each in held["keys"])
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(
                f"{WITNESS} cannot be read ({type(error).__name__})",
                next_step="put it back from a backup; or remove it, if the keys are where they should be",
            ) from None

    def _bear_witness(self, ring: KeyRing) -> None:
        """Note the ring's keys beside the tables, before anything is sealed by them."""
        witnessed = self._witnessed()
        if ring.key_ids <= witnessed:
            return
        held = {"project": ring.project, "keys": sorted(ring.key_ids | witnessed)}
        draft = self.witness.with_name(f".{uuid4().hex}.draft")
        try:
            self.witness.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("x", encoding="utf-8") as file:
                file.write(json.dumps(held, indent=1) + "\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.witness)
        except OSError as error:
            raise StorageError(f"{WITNESS} could not be written: {error.strerror}") from None
        finally:
            draft.unlink(missing_ok=True)

    def _lost(self, missing: frozenset[str]) -> KeysError:
        plural = len(missing) > 1
        return KeysError(
            f"{'keys are' if plural else 'a key is'} missing in {self.store.name}: {', '.join(sorted(missing))}; "
            f"what {'they' if plural else 'it'} sealed in the tables cannot be read",
            next_step=f"{self.store.next_step}. If they are lost for good, so is what they sealed: "
            f"begin with an empty lake folder, and load the sources anew",
        )


def seals_of(project: Project) -> Seals:
    """What seals and opens with a project's keys, which are made at first use.

    Raises:
        KeysError: they are missing, damaged, or open to others.
    """
    return keeping_of(project).seals()


def keeping_of(project: Project) -> Keeping:
    """Where a project's keys are kept, as its settings say."""
    config, settings = project.config, project.settings
    witness, records = project.path(WITNESS), project.path(RECORD_KEYS)
    if settings.keys_in == "environment":
        return Keeping(config.project, VariableStore(), witness, records)
    if settings.keys_in == "keyring":
        return Keeping(
            config.project, SystemStore(config.project, project.path("state", "keys")), witness, records
        )
    name = settings.keys_file or KEYS_FILE
    return Keeping(config.project, FileStore(project.root / Path(name).expanduser(), name), witness, records)
