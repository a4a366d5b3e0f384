"""Which page was given to whom: so that no one's WebSocket is tied to somebody else's page.

Kept in memory, as the pages themselves are; forgotten with them.
"""

from __future__ import annotations


class Visits:
    """Pages that are open, by their id, with the hash of the session they were given to."""

    def __init__(self) -> None:
        self._sessions: dict[str, str] = {}

    def note(self, page_id: str, session: str) -> None:
        """A page was given to a session."""
        self._sessions[page_id] = session

    def forget(self, page_id: str) -> None:
        """A page was closed."""
        self._sessions.pop(page_id, None)

    def is_of(self, page_id: str, session: str) -> bool:
        """Whether this page was given to this session."""
        return self._sessions.get(page_id) == session
