"""The way into the console and out: by a key that was pasted, or by a link that signs in once.

Reads keys and links; begins and ends sessions; appends to the audit log who came and went. Its pages are plain: nothing in them
runs before somebody is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template

from starlette.responses import HTMLResponse, RedirectResponse, Response

from headwater.access.attempts import Attempts
from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import AuditLog
from headwater.access.keys import key_id_of
from headwater.access.roles import Action, Caller
from headwater.access.sessions import LONGEST, Session, Sessions
from headwater.access.sign_in import Fault, NotSignedInError, SignIn

OPENING = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Opening …</title>'
)
LINK_GONE = "This link was used already, or is too old. Start `headwater console` or `headwater serve` again for a new one."
UNKNOWN_KEY = "That is no key in force here. Keys are made with `headwater access create`."
_PAGE = Template("""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in · $project</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<script src="/static/theme.js"></script><link rel="stylesheet" href="/static/look.css"></head>
<body class="entry"><main class="panel entry-panel"><h1>$project</h1><p class="quiet">Sign in to the console.</p>$said
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

    def page(self, after: str = "/", said: str = "", status: int = 200) -> Response:
        """Where a key is pasted; `after`: where somebody wanted to go, `said`: why they are here again."""
        told = f'<p class="refusal" role="alert">{escape(said)}</p>' if said else ""
        fields = {"project": escape(self.project), "said": told, "next": escape(own_place(after))}
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


def own_place(after: str) -> str:
    r"""A place in the console, whatever an address says.

    >>> own_place("/audiences?q=tea"), own_place("//elsewhere.example"), own_place("/\\elsewhere.example")
    ('/audiences?q=tea', '/', '/')
    """
    is_own = after.startswith("/") and not after.startswith(("//", "/sign-")) and "\\" not in after
    return after if is_own and after.isprintable() else "/"
