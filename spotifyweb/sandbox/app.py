"""The ASGI application: two hosts under one address, and the sandbox's own controls.

/accounts/…  the accounts host      /v1/…  the API      /sandbox/…  the controls      /  the remote
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from spotifyweb.sandbox import endpoints, faults, oauth, remote, tokens
from spotifyweb.sandbox.api import base, routes
from spotifyweb.sandbox.api.base import ApiError
from spotifyweb.sandbox.control import actions
from spotifyweb.sandbox.endpoints import Endpoint, SandboxRequest
from spotifyweb.sandbox.faults import Fault
from spotifyweb.sandbox.state import SandboxState

Abort = Callable[[tuple[str, int]], None]
ENDPOINTS = (*oauth.ENDPOINTS, *routes.ENDPOINTS, *remote.ENDPOINTS, *actions.ENDPOINTS)


class Subject(NamedTuple):
    """Whom and what a request is about, for faults and for counting."""

    name: str
    bucket: str
    account_id: str


class SandboxApp:
    """The application; `abort` drops a client's connection without a response."""

    def __init__(self, state: SandboxState, abort: Abort) -> None:
        self.state, self.abort = state, abort

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await SandboxRequest.read(scope, receive)
        endpoint = endpoints.find(ENDPOINTS, request)
        fault = self._next_fault(_subject(request, endpoint))
        if fault and fault.kind in faults.DELAYS:
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind in faults.CUTS:
            self.abort(request.peer)
            await receive()  # returns when the client is gone: there is nobody to respond to
            return
        await self._response(request, endpoint, fault)(scope, receive, send)

    def _next_fault(self, subject: Subject | None) -> Fault | None:
        if subject is None:
            return None
        self.state.calls[subject.name] += 1
        return self.state.next_fault({subject.name, subject.bucket}, subject.account_id)

    def _response(
        self, request: SandboxRequest, endpoint: Endpoint | None, fault: Fault | None
    ) -> Response:
        if fault and fault.kind in faults.KINDS:
            return fault.response()
        if endpoint is None and not _is_of_api(request):
            return actions.not_found(request)
        try:
            if endpoint is None or isinstance(endpoint, routes.ApiEndpoint):
                return routes.respond(self.state, request, endpoint)
            response: Response = endpoint.endpoint(self.state, request)
        except ApiError as error:
            return error.response
        return response


def _is_of_api(request: SandboxRequest) -> bool:
    return request.path.startswith("/v1/")


def _subject(request: SandboxRequest, endpoint: Endpoint | None) -> Subject | None:
    """Return None for the sandbox's own pages and controls."""
    if _is_of_api(request):
        grant = tokens.read("access", base.bearer_token(request))
        name, bucket = (endpoint.name, endpoint.bucket) if endpoint else ("unknown", "unknown")
        return Subject(name, bucket, grant.account_id if grant else "")
    if endpoint is None or endpoint.bucket != faults.ACCOUNTS:
        return None
    return Subject(endpoint.name, endpoint.bucket, _account_of_token(request))


def _account_of_token(request: SandboxRequest) -> str:
    form = request.form_fields() if request.method == "POST" else {}
    for kind, name in (("refresh", "refresh_token"), ("code", "code")):
        if name in form and (grant := tokens.read(kind, form[name])):
            return grant.account_id
    return form.get("account_id", "")
