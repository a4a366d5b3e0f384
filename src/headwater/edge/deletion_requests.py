"""What partners pass on of persons who want to be deleted: where and how they ask, and the answer.

Reads `deletion_requests:` of `headwater.yaml`, as it was last found sound; writes the project's database of state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from headwater.collect.request import Answer, Request
from headwater.core.errors import StorageError
from headwater.core.project import Project
from headwater.core.sealing.seals import Seals
from headwater.edge.pages import Pages
from headwater.flow.deletion_requests import take_deletion_request
from headwater.privacy.deletion_requests import resource

_JSON = "application/json"
_NOWHERE = Answer(404, b'{"message":"deletion requests are not taken here"}')
_LATER = Answer(503, b'{"message":"it could not be noted; send it again"}', headers=(("retry-after", "10"),))


class DeletionRequests:
    """Answers GET /dsrdelete.json and POST /dsrdelete. `project`: gives the project as it is now."""

    def __init__(self, project: Callable[[], Project], seals: Seals) -> None:
        self._project = project
        self._seals = seals
        self._one_at_a_time = asyncio.Semaphore(1)

    def add_to(self, pages: Pages) -> None:
        """Serve both."""
        pages.add("GET", "/dsrdelete.json", self.resource)
        pages.add("POST", "/dsrdelete", self.answer)

    async def resource(self, _: Request) -> Answer:
        """Where requests go, who can be named, and our public key."""
        said = self._project().config.deletion_requests
        return _NOWHERE if said is None else Answer(200, msgspec.json.encode(resource(said, self._seals)))

    async def answer(self, request: Request) -> Answer:
        """Take one: 202 and its acknowledgement, or 400 and one that says why not."""
        project = self._project()
        said = project.config.deletion_requests
        if said is None:
            return _NOWHERE
        async with self._one_at_a_time:
            try:
                done = await asyncio.to_thread(
                    take_deletion_request, request.body, said, project, self._seals
                )
            except StorageError:
                return _LATER
        return Answer(202 if done.is_taken else 400, msgspec.json.encode({"acJWT": done.token}))
