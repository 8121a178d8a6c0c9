"""The sandbox's own controls, JSON in and out: clock, faults, players, consents, record.

What is not understood is refused with 400 and the reason.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from spotifyweb import bounds
from spotifyweb.sandbox import faults, responses
from spotifyweb.sandbox.api import routes
from spotifyweb.sandbox.catalogue import artwork
from spotifyweb.sandbox.control import commands, ground_truth
from spotifyweb.sandbox.faults import Fault
from spotifyweb.sandbox.listeners.people import CAST
from spotifyweb.sandbox.responses import Request, Response
from spotifyweb.sandbox.state import PROFILES, World

Json = dict[str, Any]
MISUNDERSTOOD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
NUMBERS = {"count": int, "for_seconds": float, "seconds": float, "status": int}  # of a fault
STYLE = (Path(__file__).parent.parent / "style.css").read_text()


class Action(NamedTuple):
    """A control, and the fields that an order for it may have."""

    act: Callable[[World, Json], object]
    fields: frozenset[str]


def answer(world: World, request: Request) -> Response:
    """Whatever is neither Spotify's accounts host nor its API."""
    parts = request.path.strip("/").split("/")
    if (
        parts[:2] == ["sandbox", "art"]
        and len(parts) == 4
        and (size := bounds.parse_integer(parts[3]))
    ):
        return artwork.cover(parts[2], min(abs(size), 2000))
    if request.path == "/sandbox/style.css":
        return responses.as_text(STYLE, content_type="text/css; charset=utf-8")
    if request.path == "/favicon.ico":
        return artwork.cover("sandbox", 32)
    name = parts[1] if parts[0] == "sandbox" and len(parts) == 2 else ""
    if name in ACTIONS:
        return _act(world, request, ACTIONS[name])
    return responses.as_json({"error": f"nothing is at {request.path}"}, status=404)


def _act(world: World, request: Request, action: Action) -> Response:
    try:
        order = {**request.query, **request.json()}
        check_known("field", order.keys(), action.fields)
        return responses.as_json(action.act(world, order))
    except MISUNDERSTOOD as error:
        return responses.as_json({"error": f"{type(error).__name__}: {error}"}, status=400)


def check_known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ValueError naming what is not known, and all that is: a typing error never passes."""
    if unknown := sorted(set(given) - set(known)):
        names = ", ".join(sorted(known)) or "none"
        raise ValueError(f"unknown {what} {', '.join(unknown)}; known: {names}")


def set_clock(world: World, order: Json) -> Json:
    """{"now": ISO, "speed": x, "advance": seconds, "reset": true}; nothing reads it."""
    if order.get("reset"):
        world.clock.reset()
    now = datetime.fromisoformat(order["now"]) if "now" in order else None
    if now and now.tzinfo is None:
        raise ValueError("now needs a time zone")
    if now or "speed" in order:
        speed = float(order["speed"]) if "speed" in order else None
        world.clock.set(now=now, speed=speed)
    world.clock.advance(float(order.get("advance", 0)))
    return {"now": world.clock.now().isoformat(), "speed": world.clock.speed}


def add_fault(world: World, order: Json) -> Json:
    """{"kind", "endpoint", "account_id", "count", "for_seconds", "retry_after", "seconds", …}"""
    if order["kind"] not in faults.ALL_KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(faults.ALL_KINDS))}")
    check_known("endpoint", [order.get("endpoint", "*")], routes.SUBJECTS)
    check_known("account_id", [order.get("account_id", "*")], {"*", *CAST})
    order |= {name: read(order[name]) for name, read in NUMBERS.items() if name in order}
    lasting = order.pop("for_seconds", None)
    if lasting is not None:
        order["until_ms"] = world.clock.now_ms() + int(lasting * 1000)
    fault = Fault(**order)
    world.faults.append(fault)
    return {"number": fault.number}


def list_faults(world: World, order: Json) -> Json:
    """What is set, and how often it struck; with {"clear": true} nothing is left."""
    if order.get("clear"):
        world.faults.clear()
    names = ("number", "kind", "endpoint", "account_id", "count", "hits")
    return {"faults": [{name: getattr(one, name) for name in names} for one in world.faults]}


def end_consent(world: World, order: Json) -> Json:
    """{"account_id", "how": "revoked" | "expired"}: what was granted until now is worth nothing."""
    ended = {"revoked": world.revoked_ns, "expired": world.expired_ns}[order["how"]]
    ended[CAST[order["account_id"]].account_id] = time.time_ns()
    return {"account_id": order["account_id"], "how": order["how"]}


def configure(world: World, order: Json) -> Json:
    """{"profile", "redirect_uris", "clients", "listed", …}: any of them; answers with all.

    quotas: {"artist-albums": 100} allows that many calls of a bucket in 24 hours. rate_limit: that
    many calls of the app in any 30 seconds, null for any number. late_seconds, skips_left_out: how
    late recently-played lists what ended, and which share of the skips after 30 seconds it never
    does.
    """
    check_known("profile", [order.get("profile", world.profile)], PROFILES)
    check_known("bucket", order.get("quotas", {}), routes.BUCKETS)
    listing = {one: float(order[one]) for one in ("late_seconds", "skips_left_out") if one in order}
    world.listing = replace(world.listing, **listing)
    if "rate_limit" in order:
        world.rate_limit = None if order["rate_limit"] is None else int(order["rate_limit"])
    world.profile = order.get("profile", world.profile)
    world.redirect_uris = set(order.get("redirect_uris", world.redirect_uris))
    world.clients = dict(order.get("clients", world.clients))
    world.listed = set(order.get("listed", world.listed))
    world.quotas.limits = dict(order.get("quotas", world.quotas.limits))
    return {
        "profile": world.profile,
        "seed": world.seed,
        "redirect_uris": sorted(world.redirect_uris),
        "clients": sorted(world.clients),
        "listed": sorted(world.listed),
        "rate_limit": world.rate_limit,
        **asdict(world.listing),
    }


def calls(world: World, order: Json) -> Json:
    """How often each endpoint was called; with {"clear": true} counting starts anew."""
    counted = dict(world.calls)
    if order.get("clear"):
        world.calls.clear()
    return counted


def reset(world: World, _order: Json) -> Json:
    world.reset()
    return {"reset": True}


def _action(act: Callable[[World, Json], object], fields: str = "") -> Action:
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
    "player": Action(commands.command, commands.FIELDS),
    "late": _action(commands.late, "account_id track_id ended_ms"),
    "like": _action(commands.like, "account_id track_id liked"),
    "record": _action(ground_truth.record, "account_id from_ms to_ms"),
    "tracks": _action(ground_truth.tracks, "limit"),
    "cast": _action(ground_truth.cast),
}
