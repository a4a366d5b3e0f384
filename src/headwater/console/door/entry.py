"""The way into the console and out: by a key that was pasted, at the project's OpenID provider, or by a link that signs in once.

Reads keys and links; begins and ends sessions; appends to the audit log who came and went. Its pages are plain: nothing in them
runs before somebody is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template
from urllib.parse import quote

from starlette.responses import HTMLResponse, RedirectResponse, Response

from headwater.access.attempts import Attempts
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import AuditLog
from headwater.access.authorization import WAY_SECONDS, Ways
from headwater.access.keys import key_id_of
from headwater.access.oidc import TokenError
from headwater.access.roles import Action, Caller
from headwater.access.sessions import LONGEST, Session, Sessions
from headwater.access.sign_in import Fault, NotSignedInError, SignIn
from headwater.core.errors import ProviderError

OPENING = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Opening …</title>'
)
LINK_GONE = "This link was used already, or is too old. Start `headwater console` or `headwater serve` again for a new one."
UNKNOWN_KEY = "That is no key in force here. Keys are made with `headwater access create`."
NO_PROVIDER = "Nobody signs in at a provider here: headwater.yaml declares none for the console."
NOT_LET_IN = "The provider did not say who you are, or you took longer than ten minutes. Try again."
NO_ROLE = (
    "The provider knows you, but none of your groups has a role here. Ask whoever runs this installation."
)
BACK = "/sign-in/back"
"""Where the provider sends people back to."""
_AT_PROVIDER = Template(
    '<a class="button primary" href="/sign-in/provider?next=$next">Sign in with your organisation</a>'
    '<p class="quiet small">or with a key:</p>'
)
_PAGE = Template("""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in · $project</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<script src="/static/theme.js"></script><link rel="stylesheet" href="/static/look.css"></head>
<body class="entry"><main class="panel entry-panel"><h1>$project</h1><p class="quiet">Sign in to the console.</p>$said$provider
<form method="post" action="/sign-in"><input type="hidden" name="next" value="$next">
<label for="key">Key</label><input id="key" name="key" type="password" autocomplete="current-password" spellcheck="false"
required autofocus placeholder="hw_…"><button class="button primary" type="submit">Sign in</button></form>
<p class="quiet small">No key yet? Whoever runs this installation makes one:
<code>headwater access create ann --role marketer</code>.
At the machine itself, <code>headwater console</code> prints a link that signs you in.</p></main></body></html>""")


@dataclass
class Entry:
    """The way in of one project's console. `project`: its name."""

    project: str
    sign_in: SignIn
    sessions: Sessions
    audit: AuditLog
    attempts: Attempts = field(default_factory=Attempts)  # of links; those of keys are counted by `sign_in`
    ways: Ways = field(default_factory=Ways)

    def page(self, after: str = "/", said: str = "", status: int = 200) -> Response:
        """Where a key is pasted; `after`: where somebody wanted to go, `said`: why they are here again."""
        told = f'<p class="refusal" role="alert">{escape(said)}</p>' if said else ""
        place = own_place(after)
        there = _AT_PROVIDER.substitute(next=quote(place, safe="")) if self.sign_in.provider() else ""
        fields = {"project": escape(self.project), "said": told, "provider": there, "next": escape(place)}
        return HTMLResponse(_PAGE.substitute(fields), status_code=status)

    def by_key(self, said: Mapping[str, str], address: str, cookie: str) -> Response:
        """Sign in whoever shows a key."""
        key, after = said.get("key", "").strip(), said.get("next", "/")
        try:
            caller = self.sign_in.recognise(key, address)
        except NotSignedInError as error:
            if error.fault is Fault.TOO_OFTEN:
                return self.page(after, f"Too many tries. Come again in {error.seconds} seconds.", 429)
            self._record("unknown", "", Outcome.REFUSED, "console sign-in")
            return self.page(after, UNKNOWN_KEY, 401)
        return self._come(caller, key_id_of(key), after, cookie)

    def by_link(self, token: str, address: str, cookie: str) -> Response:
        """Sign in whoever has a link that nobody used yet."""
        if seconds := self.attempts.seconds_to_wait(address, token):
            return self.page("/", f"Too many tries. Come again in {seconds} seconds.", 429)
        caller = self.sessions.take_link(token)
        if caller is None:
            self.attempts.failed(address, token)
            return self.page("/", LINK_GONE, 401)
        return self._come(caller, "", "/", cookie)

    def to_provider(self, after: str, own: str, cookie: str) -> Response:
        """Send somebody to sign in at the provider; `own`: the console's address, as they know it."""
        declared = self.sign_in.provider()
        if declared is None:
            return self.page(after, NO_PROVIDER, 404)
        try:
            sent = self.ways.begin(*declared, f"{own}{BACK}", own_place(after))
        except ProviderError as error:
            return self.page(after, str(error), 502)
        answer = RedirectResponse(sent.address, status_code=303)
        # They come back from elsewhere, and it has to be shown then: so it is not held as strictly as a session.
        answer.set_cookie(
            ticket_of(cookie), sent.ticket, max_age=int(WAY_SECONDS), path=BACK, httponly=True, samesite="lax"
        )
        return answer

    def from_provider(self, said: Mapping[str, str], ticket: str, address: str, cookie: str) -> Response:
        """Sign in whom the provider knows."""
        if seconds := self.attempts.seconds_to_wait(address, ticket):
            return self.page("/", f"Too many tries. Come again in {seconds} seconds.", 429)
        declared = self.sign_in.provider()
        if declared is None:
            return self.page("/", NO_PROVIDER, 404)
        try:
            found, after = self.ways.finish(*declared, said, ticket)
            answer = self._come(self.sign_in.caller_of(found), "", after, cookie)
        except ProviderError as error:
            return self.page("/", str(error), 502)
        except (TokenError, NotSignedInError) as error:
            self.attempts.failed(address, ticket)
            is_known = isinstance(error, NotSignedInError)
            who = error.name if isinstance(error, NotSignedInError) else "unknown"
            self._record(who, "", Outcome.REFUSED, "console sign-in")
            return self.page("/", NO_ROLE if is_known else NOT_LET_IN, 403 if is_known else 401)
        answer.delete_cookie(ticket_of(cookie), path=BACK, httponly=True, samesite="lax")
        return answer

    def out(self, session: Session | None, cookie: str) -> Response:
        """Sign out; of nobody it is none."""
        if session is not None:
            self._record(session.caller.name, session.caller.role, Outcome.DONE, "console sign-out")
            self.sessions.end(session.hash)
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(cookie, httponly=True, samesite="strict")
        return answer

    def _come(self, caller: Caller, key_id: str, after: str, cookie: str) -> Response:
        self._record(caller.name, caller.role, Outcome.DONE, "console sign-in")
        answer = RedirectResponse(own_place(after), status_code=303)
        session_id = self.sessions.begin(caller, key_id)
        longest = int(LONGEST.total_seconds())
        answer.set_cookie(cookie, session_id, max_age=longest, httponly=True, samesite="strict")
        return answer

    def _record(self, who: str, role: str, outcome: Outcome, by: str) -> None:
        # A session is a key that soon ends: whoever looks for who was let in asks for that action.
        self.audit.append(Event(who, role, Action.MANAGE_KEYS, by, (), outcome))


def ticket_of(cookie: str) -> str:
    """The name of the cookie by which a browser is known again that comes back from the provider."""
    return f"{cookie}_way"


def own_place(after: str) -> str:
    r"""A place in the console, whatever an address says.

    >>> own_place("/audiences?q=tea"), own_place("//elsewhere.example"), own_place("/\\elsewhere.example")
    ('/audiences?q=tea', '/', '/')
    """
    is_own = after.startswith("/") and not after.startswith(("//", "/sign-")) and "\\" not in after
    return after if is_own and after.isprintable() else "/"
