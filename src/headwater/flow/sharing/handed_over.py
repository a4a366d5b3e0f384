"""Pseudonymised exports for whoever asks over HTTP: as text in the answer, or, if that is too much, as a file of the project.

Reads what `pseudonymised` reads. Writes into `exchange/` a file called like the export, which receipts of erasures name; a text
that is answered stays nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from headwater.core.errors import StorageError
from headwater.core.project import Project
from headwater.flow.exchange import FOLDER, file_to_write
from headwater.flow.sharing.permitted import Sharing
from headwater.flow.sharing.pseudonymised import Pseudonymised, pseudonymise
from headwater.privacy.anonymity.exports import Export
from headwater.privacy.labels import Label
from headwater.privacy.shown import Harmless, People, Says

MOST_IN_AN_ANSWER = 4 << 20  # bytes

AnyLabels = Annotated[str, Says(frozenset(Label))]
"""Text that may carry every label: shown to whoever sees all of them."""


class Format(StrEnum):
    """What kind of file an export is."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True)
class HandedOver:
    """What was given away, as text or as a file in the project's folder.

    Attributes:
        left_out: how many are not in it because of the gate, by reason.
        n_in_small_groups: how many are not in it because too few are like them.
        labelled_traits_left_out: how many traits were not asked for by name and are labelled.
        csv: all of it; None: it is in the file.
    """

    export: Export
    left_out: Mapping[Harmless, People]
    n_in_small_groups: People
    labelled_traits_left_out: int
    csv: AnyLabels | None
    file: Harmless | None


def hand_over(
    sharing: Sharing, project: Project, traits: Sequence[str] = (), kind: Format = Format.CSV
) -> HandedOver:
    """Give an audience's members and their traits away, each by the recipient's pseudonym.

    Raises:
        UserError, NotFoundError, Refusal, StorageError: as `pseudonymise` does.
    """
    draft = file_to_write(f"draft-{uuid4().hex}.{kind}", project)
    found = pseudonymise(sharing, draft, project, traits)
    try:
        if kind is Format.CSV and draft.stat().st_size <= MOST_IN_AN_ANSWER:
            csv = draft.read_text(encoding="utf-8")
            draft.unlink()
            return _told(found, csv, None)
        file = file_to_write(f"{found.export.export_id}.{kind}", project)
        draft.replace(file)
    except OSError as error:
        raise StorageError(f"the export in {FOLDER}/ could not be handed over: {error.strerror}") from None
    return _told(found, None, file)


def _told(found: Pseudonymised, csv: str | None, file: Path | None) -> HandedOver:
    return HandedOver(
        found.export,
        found.left_out,
        found.n_in_small_groups,
        found.n_traits_left_out,
        csv,
        f"{FOLDER}/{file.name}" if file else None,
    )
