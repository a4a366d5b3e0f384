"""What a key may do."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What a key may do; whoever may manage may read, too."""

    READ = "read"
    MANAGE = "manage"

    def covers(self, wanted: Right) -> bool:
        """Whether it is enough for what is wanted."""
        return self is Right.MANAGE or wanted is Right.READ
