"""Endpoints about California's deletion lists, which lie in the project's folder `exchange/`, and so do the answers to them."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from pydantic import Field

from headwater.api.bodies.body import Body, FileName
from headwater.api.endpoints import endpoint
from headwater.api.endpoints.endpoint import PRIVACY, Asked, Endpoint
from headwater.flow.drop import Answered, answer_drop, foresee_drop
from headwater.flow.exchange import FOLDER, exchange_folder, file_to_read

MOST_REFUSED = 100  # rows of a list that are told one by one


class Download(Body):
    """Deletion lists, as they were downloaded."""

    file: FileName = Field(description="The ZIP file, in the project's folder `exchange/`.")


def _foresee(asked: Asked, body: Download) -> Answered:
    """What deletion lists would come to; nothing is changed."""
    return _told(foresee_drop(asked.project, file_to_read(body.file, asked.project)))


def _answer(asked: Asked, body: Download) -> Answered:
    """Erase whoever California's Delete Request and Opt-out Platform lists, and write the answers to upload."""
    project = asked.project
    file, folder = file_to_read(body.file, project), exchange_folder(project)
    return _told(answer_drop(project, file, folder, wait_seconds=endpoint.WAIT_SECONDS))


def _told(done: Answered) -> Answered:
    """What is told of it: a few of the rows that could not be read, and files by their places in the project."""
    lists = tuple(
        replace(each, refused=dict(islice(sorted(each.refused.items()), MOST_REFUSED))) for each in done.lists
    )
    files = tuple(f"{FOLDER}/{each.rpartition('/')[2]}" for each in done.files)
    return replace(done, lists=lists, files=files)


def _seen(done: Answered) -> dict[str, int]:
    return {"seen": sum(each.n_deleted for each in done.lists)}


def _erased(done: Answered) -> dict[str, int]:
    return {"erased": sum(each.n_deleted for each in done.lists)}


ENDPOINTS = (
    Endpoint("POST", "/v1/privacy/drop/foresee", PRIVACY, Download, Answered, _foresee, _seen),
    Endpoint("POST", "/v1/privacy/drop", PRIVACY, Download, Answered, _answer, _erased),
)  # fmt: skip
