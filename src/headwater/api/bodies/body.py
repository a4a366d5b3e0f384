"""A body of a request, as a model: a JSON object with fields that are known."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema, model_validator

from headwater.flow.exchange import FILE_NAME

MOST_BYTES = 65_536
"""Of a body, where its endpoint says nothing else."""


def _file_name(given: str) -> str:
    if not re.fullmatch(FILE_NAME, given):
        raise ValueError("must be the name of a file: letters, digits, `_`, `.` and `-`, without folders")
    return given


FileName = Annotated[
    str, AfterValidator(_file_name), WithJsonSchema({"type": "string", "pattern": FILE_NAME})
]
"""A file in the project's folder `exchange/`."""


class Body(BaseModel):
    """A JSON object with these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @property
    def about(self) -> list[str]:
        """Whom or what it is about, as commands are given it; for the audit log, which masks it."""
        inner = (getattr(self, name) for name in type(self).model_fields)
        return [text for each in inner if isinstance(each, Body) for text in each.about]


class Nothing(Body):
    """No body."""

    @model_validator(mode="before")
    @classmethod
    def _is_empty(cls, given: object) -> object:
        if given != {}:
            raise ValueError("takes no body")
        return given
