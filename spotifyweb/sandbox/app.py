"""The ASGI application: two hosts under one address, and the sandbox's own controls.

/accounts/…  the accounts host      /v1/…  the API      /sandbox/…  the controls      /  by hand
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from spotifyweb.sandbox import faults, oauth, remote, responses, tokens
from spotifyweb.sandbox.api import base, routes
from spotifyweb.sandbox.api.base import ApiCall, ApiError
from spotifyweb.sandbox.control import actions
from spotifyweb.sandbox.faults import Fault
from spotifyweb.sandbox.responses import Receive, Request, Response, Scope, Send
from spotifyweb.sandbox.state import SandboxState

Abort = Callable[[tuple[str, int]], None]
ACCOUNTS = {
    ("GET", "/accounts/authorize"): ("authorize", oauth.authorize),
    ("POST", "/accounts/authorize"): ("consent", oauth.consent),
    ("POST", "/accounts/api/token"): ("token", oauth.token),
}


class Subject(NamedTuple):
    """Whom and what a request is about, for faults and for counting."""

    name: str
    bucket: str
    account_id: str


class SandboxApp:
    """`abort` drops a client's connection without an answer; the server knows how."""

    def __init__(self, state: SandboxState, abort: Abort) -> None:
        self.state, self.abort = state, abort

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await responses.read(scope, receive)
        subject = self._subject(request)
        fault = self._fault(subject) if subject else None
        if fault and fault.kind in faults.DELAYS:
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind in faults.CUTS:
            self.abort(request.peer)
            await receive()  # returns when the client is gone: nothing more to say
            return
        await responses.answer(send, self._response(request, fault))

    def _fault(self, subject: Subject) -> Fault | None:
        self.state.calls[subject.name] += 1
        return self.state.next_fault({subject.name, subject.bucket}, subject.account_id)

    def _response(self, request: Request, fault: Fault | None) -> Response:
        if fault and fault.kind in faults.KINDS:
            return fault.response()
        try:
            return self._answer(request)
        except ApiError as refused:
            return refused.response

    def _answer(self, request: Request) -> Response:
        if found := ACCOUNTS.get((request.method, request.path.rstrip("/"))):
            return found[1](self.state, request)
        if request.path.startswith("/v1/"):
            return self._api(request)
        if request.path == "/":
            return remote.page(self.state)
        if request.path == "/sandbox/by-hand" and request.method == "POST":
            return remote.act(self.state, request)
        return actions.respond(self.state, request)

    def _api(self, request: Request) -> Response:
        grant = base.authenticate(self.state, request)
        if refusal := self.state.quotas.throttle(
            grant.client_id, self.state.rate_limit, self.state.clock.now_ms()
        ):
            return refusal
        endpoint, params = routes.find(request) or (None, {})
        person = base.check_access(self.state, grant, endpoint.scopes if endpoint else ())
        scopes = frozenset(grant.scope.split())
        call = ApiCall(
            state=self.state, request=request, person=person, params=params, scopes=scopes
        )
        bucket = endpoint.bucket if endpoint else ""
        if refusal := self.state.quotas.refusal(bucket, call.now_ms):
            return refusal
        answer = routes.answer(self.state, call, endpoint)
        return responses.with_floats(answer) if call.player.float_numbers else answer

    def _subject(self, request: Request) -> Subject | None:
        if found := ACCOUNTS.get((request.method, request.path.rstrip("/"))):
            return Subject(found[0], faults.ACCOUNTS, _account_of_token(request))
        if not request.path.startswith("/v1/"):
            return None
        found_route = routes.find(request)
        grant = tokens.read("access", base.bearer_token(request))
        name, bucket = ("unknown", "unknown")
        if found_route:
            name, bucket = found_route[0].name, found_route[0].bucket
        return Subject(name, bucket, grant.account_id if grant else "")


def _account_of_token(request: Request) -> str:
    form = request.form() if request.method == "POST" else {}
    for kind, name in (("refresh", "refresh_token"), ("code", "code")):
        if name in form and (grant := tokens.read(kind, form[name])):
            return grant.account_id
    return form.get("account_id", "")
