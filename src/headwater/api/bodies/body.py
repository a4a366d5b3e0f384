"""A body of a request, as a model: a JSON object with fields that are known."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator


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
