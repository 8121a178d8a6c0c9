"""The sandbox's own controls, JSON in and out: clock, faults, players, consents, record.

What is not understood is refused with 400 and the reason.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from starlette.responses import Response

from spotifyweb import bounds
from spotifyweb.sandbox import faults, responses
from spotifyweb.sandbox.api import routes
from spotifyweb.sandbox.catalogue import artwork
from spotifyweb.sandbox.control import commands, ground_truth
from spotifyweb.sandbox.endpoints import Endpoint, SandboxRequest
from spotifyweb.sandbox.faults import Fault
from spotifyweb.sandbox.listeners.people import ACCOUNTS
from spotifyweb.sandbox.state import PROFILES, SandboxState

Json = dict[str, Any]
INVALID_REQUEST_ERRORS = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
)
NUMBERS = {"count": int, "for_seconds": float, "seconds": float, "status": int}  # of a fault
STYLESHEET = (Path(__file__).parent.parent / "style.css").read_text()


class Action(NamedTuple):
    """A control, and the fields that its parameters may have."""

    act: Callable[[SandboxState, Json], object]
    fields: frozenset[str]


def act(state: SandboxState, request: SandboxRequest) -> Response:
    """Carry out `/sandbox/<action>`; 400 with the reason where it is not understood."""
    action = ACTIONS.get(request.path_params["action"])
    return _act(state, request, action) if action else not_found(request)


def not_found(request: SandboxRequest) -> Response:
    """Answer 404 and the path."""
    return responses.as_json({"error": f"nothing is at {request.path}"}, status=404)


def _act(state: SandboxState, request: SandboxRequest, action: Action) -> Response:
    try:
        params = {**request.query, **request.json_object()}
        check_known("field", params.keys(), action.fields)
        return responses.as_json(action.act(state, params))
    except INVALID_REQUEST_ERRORS as error:
        return responses.as_json({"error": f"{type(error).__name__}: {error}"}, status=400)


def check_known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ValueError naming what is not known, and all that is: a typing error never passes."""
    if unknown := sorted(set(given) - set(known)):
        names = ", ".join(sorted(known)) or "none"
        raise ValueError(f"unknown {what} {', '.join(unknown)}; known: {names}")


def set_clock(state: SandboxState, params: Json) -> Json:
    """Set or read the clock: {"now": ISO, "speed": x, "advance": seconds, "reset": true}."""
    if params.get("reset"):
        state.clock.reset()
    now = datetime.fromisoformat(params["now"]) if "now" in params else None
    if now and now.tzinfo is None:
        raise ValueError("now needs a time zone")
    if now or "speed" in params:
        speed = float(params["speed"]) if "speed" in params else None
        state.clock.set(now=now, speed=speed)
    state.clock.advance(float(params.get("advance", 0)))
    return {"now": state.clock.now().isoformat(), "speed": state.clock.speed}


def add_fault(state: SandboxState, params: Json) -> Json:
    """Set a fault: {"kind", "endpoint", "account_id", "count", "for_seconds", "retry_after", …}."""
    if params["kind"] not in faults.ALL_KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(faults.ALL_KINDS))}")
    check_known("endpoint", [params.get("endpoint", "*")], routes.SUBJECTS)
    check_known("account_id", [params.get("account_id", "*")], {"*", *ACCOUNTS})
    params |= {name: read(params[name]) for name, read in NUMBERS.items() if name in params}
    lasting = params.pop("for_seconds", None)
    if lasting is not None:
        params["until_ms"] = state.clock.now_ms() + int(lasting * 1000)
    fault = Fault(**params)
    state.faults.append(fault)
    return {"number": fault.number}


def list_faults(state: SandboxState, params: Json) -> Json:
    """List the faults that are set and how often each occurred; {"clear": true} removes all."""
    if params.get("clear"):
        state.faults.clear()
    names = ("number", "kind", "endpoint", "account_id", "count", "hits")
    return {"faults": [{name: getattr(fault, name) for name in names} for fault in state.faults]}


def end_consent(state: SandboxState, params: Json) -> Json:
    """Invalidate all refresh tokens until now: {"account_id", "how": "revoked" | "expired"}."""
    ended = {"revoked": state.revoked_ns, "expired": state.expired_ns}[params["how"]]
    ended[ACCOUNTS[params["account_id"]].account_id] = time.time_ns()
    return {"account_id": params["account_id"], "how": params["how"]}


def configure(state: SandboxState, params: Json) -> Json:
    """Change any of {"profile", "redirect_uris", "clients", "listed", …}; answer with all.

    quotas: {"artist-albums": 100} allows that many calls of a bucket in 24 hours. rate_limit: that
    many calls of the app in any 30 seconds, null for any number. late_seconds, skips_left_out: how
    late recently-played lists what ended, and which share of the skips after 30 seconds it never
    does.
    """
    check_known("profile", [params.get("profile", state.profile)], PROFILES)
    check_known("bucket", params.get("quotas", {}), routes.BUCKETS)
    listing = {
        name: float(params[name]) for name in ("late_seconds", "skips_left_out") if name in params
    }
    state.recently_played = replace(state.recently_played, **listing)
    if "rate_limit" in params:
        state.rate_limit = None if params["rate_limit"] is None else int(params["rate_limit"])
    state.profile = params.get("profile", state.profile)
    state.redirect_uris = set(params.get("redirect_uris", state.redirect_uris))
    state.clients = dict(params.get("clients", state.clients))
    state.listed = set(params.get("listed", state.listed))
    state.quotas.limits = dict(params.get("quotas", state.quotas.limits))
    return {
        "profile": state.profile,
        "seed": state.seed,
        "redirect_uris": sorted(state.redirect_uris),
        "clients": sorted(state.clients),
        "listed": sorted(state.listed),
        "rate_limit": state.rate_limit,
        **asdict(state.recently_played),
    }


def calls(state: SandboxState, params: Json) -> Json:
    """Count the calls of each endpoint; {"clear": true} starts counting anew."""
    counted = dict(state.calls)
    if params.get("clear"):
        state.calls.clear()
    return counted


def reset(state: SandboxState, _params: Json) -> Json:
    state.reset()
    return {"reset": True}


def _action(act: Callable[[SandboxState, Json], object], fields: str = "") -> Action:
    return Action(act, frozenset(fields.split()))


ACTIONS: dict[str, Action] = {
    "clock": _action(set_clock, "now speed advance reset"),
    "fault": _action(
        add_fault,
        "kind endpoint account_id count for_seconds retry_after seconds status body",
    ),
    "faults": _action(list_faults, "clear"),
    "consent": _action(end_consent, "account_id how"),
    "configure": _action(
        configure,
        "profile redirect_uris clients listed quotas rate_limit late_seconds skips_left_out",
    ),
    "calls": _action(calls, "clear"),
    "reset": _action(reset),
    "player": Action(commands.execute, commands.FIELDS),
    "late": _action(commands.add_late_play, "account_id track_id ended_ms"),
    "like": _action(commands.set_like, "account_id track_id liked"),
    "record": _action(ground_truth.recorded_plays, "account_id from_ms to_ms"),
    "tracks": _action(ground_truth.list_tracks, "limit"),
    "cast": _action(ground_truth.list_accounts),
}


def _artwork(_state: SandboxState, request: SandboxRequest) -> Response:
    size = bounds.parse_integer(request.path_params["size"])
    if not size:
        return not_found(request)
    return _svg(artwork.cover(request.path_params["item_id"], min(abs(size), 2000)))


def _file(_state: SandboxState, request: SandboxRequest) -> Response:
    picture = artwork.file(request.path_params["name"])
    return _svg(picture) if picture else not_found(request)


def _icon(_state: SandboxState, _request: SandboxRequest) -> Response:
    return _svg(artwork.cover("sandbox", 32))


def _svg(picture: str) -> Response:
    headers = {"cache-control": "public, max-age=86400", "access-control-allow-origin": "*"}
    return responses.response(picture.encode(), content_type=responses.SVG, headers=headers)


def _stylesheet(_state: SandboxState, _request: SandboxRequest) -> Response:
    return responses.as_text(STYLESHEET, content_type=responses.CSS)


ENDPOINTS = (
    Endpoint("/sandbox/art/{item_id}/{size}", "artwork", "sandbox", _artwork, method=None),
    Endpoint("/image/{name}", "artwork", "sandbox", _file, method=None),
    Endpoint("/sandbox/style.css", "stylesheet", "sandbox", _stylesheet, method=None),
    Endpoint("/favicon.ico", "icon", "sandbox", _icon, method=None),
    Endpoint("/sandbox/{action}", "action", "sandbox", act, method=None),
)
