"""Who somebody is by what they show: a key of ours, or a token of the project's OpenID provider.

Reads the keys, and `access:` of headwater.yaml as it was last found sound.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from headwater.access.attempts import Attempts
from headwater.access.audit.about import subject
from headwater.access.keys import AccessKeys
from headwater.access.oidc import Provider, Subject, TokenError
from headwater.access.roles import Caller
from headwater.core.config import Oidc, OidcClient
from headwater.core.sealing.seals import Seals


class Fault(StrEnum):
    """Why nobody was recognised."""

    NO_KEY = "no key"
    NO_TOKEN = "no token"  # noqa: S105 - not one
    NO_ROLE = "no role"
    TOO_OFTEN = "too often"


class NotSignedInError(Exception):
    """Nobody was recognised. `why`: in words, for tokens; `seconds`: when to come again."""

    def __init__(self, fault: Fault, why: str = "", *, seconds: int = 0, name: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.why = why
        self.seconds = seconds
        self.name = name


@dataclass
class SignIn:
    """What recognises callers.

    Attributes:
        keys: of the project.
        seals: what makes a pseudonym of a token's subject that may be an address.
        declared: gives what `access: {oidc: …}` says now; None: nothing.
    """

    keys: AccessKeys
    seals: Callable[[], Seals]
    declared: Callable[[], Oidc | None]
    attempts: Attempts = field(default_factory=Attempts)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._providers: dict[str, Provider] = {}

    def recognise(self, presented: str, address: str) -> Caller:
        """Who shows this; `address`: from where.

        Raises:
            NotSignedInError: nobody that is known; or who failed too often lately.
            ProviderError: the provider's keys are needed and cannot be had.
        """
        if seconds := self.attempts.seconds_to_wait(address, presented):
            raise NotSignedInError(Fault.TOO_OFTEN, seconds=seconds)
        try:
            caller = self._recognised(presented)
        except NotSignedInError:
            self.attempts.failed(address, presented)
            raise
        self.attempts.succeeded(presented)
        return caller

    def _recognised(self, presented: str) -> Caller:
        said = self.declared() if presented.count(".") == 2 else None  # as a token has them; a key has none
        if said is not None:
            return self._by_token(presented, said)
        key = self.keys.recognise(presented)
        if key is None:
            raise NotSignedInError(Fault.NO_KEY)
        return key.caller

    def provider(self) -> tuple[Provider, OidcClient] | None:
        """The provider where people sign in with a browser, as it is declared now; None: there is none."""
        said = self.declared()
        return None if said is None or said.console is None else (self._provider(said), said.console)

    def caller_of(self, found: Subject) -> Caller:
        """Who somebody is whom the provider knows.

        Raises:
            NotSignedInError: none of their groups has a role.
        """
        name = subject(found.name, self.seals())
        if found.role is None:
            raise NotSignedInError(Fault.NO_ROLE, name=name)
        return Caller(name, found.role, found.role.actions)

    def _by_token(self, token: str, said: Oidc) -> Caller:
        try:
            found = self._provider(said).subject(token)
        except TokenError as error:
            raise NotSignedInError(Fault.NO_TOKEN, error.why) from None
        return self.caller_of(found)

    def _provider(self, said: Oidc) -> Provider:
        """The provider as it is declared now; what is remembered of another is forgotten."""
        declared = said.model_dump_json()
        with self._lock:
            if declared not in self._providers:
                self._providers = {declared: Provider(said)}
            return self._providers[declared]
