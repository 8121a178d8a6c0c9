"""The sandbox's own controls, JSON in and out: clock, faults, players, consents, record.

What is not understood is refused with 400 and the reason.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from spotifyweb.sandbox import art, faults, handing_in, record, remote, web
from spotifyweb.sandbox.faults import Fault
from spotifyweb.sandbox.people import CAST
from spotifyweb.sandbox.web import Request, Response
from spotifyweb.sandbox.world import World

Json = dict[str, Any]
STYLE = (Path(__file__).parent / "style.css").read_text()


def answer(world: World, request: Request) -> Response:
    """Whatever is neither Spotify's accounts host nor its API."""
    parts = request.path.strip("/").split("/")
    if parts[:2] == ["sandbox", "art"] and len(parts) == 4 and parts[3].isdigit():
        return art.cover(parts[2], min(int(parts[3]), 2000))
    if request.path == "/sandbox/style.css":
        return web.as_text(STYLE, content_type="text/css; charset=utf-8")
    if request.path == "/favicon.ico":
        return art.cover("sandbox", 32)
    name = parts[1] if parts[0] == "sandbox" and len(parts) == 2 else ""
    if name in ACTIONS:
        return _act(world, request, ACTIONS[name])
    return web.as_json({"error": f"nothing is at {request.path}"}, status=404)


def _act(world: World, request: Request, act: Callable[[World, Json], object]) -> Response:
    try:
        return web.as_json(act(world, {**request.query, **request.json()}))
    except (KeyError, TypeError, ValueError) as error:
        return web.as_json({"error": f"{type(error).__name__}: {error}"}, status=400)


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
    lasting = order.pop("for_seconds", None)
    if lasting is not None:
        order["until_ms"] = world.clock.now_ms() + int(float(lasting) * 1000)
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
    """{"profile", "redirect_uris", "clients", "listed", "quotas"}: any of them; answers with all.

    quotas: {"artist-albums": 100} allows that many calls of a bucket in 24 hours.
    """
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


ACTIONS: dict[str, Callable[[World, Json], object]] = {
    "clock": set_clock,
    "fault": add_fault,
    "faults": list_faults,
    "consent": end_consent,
    "configure": configure,
    "calls": calls,
    "reset": reset,
    "player": remote.command,
    "late": handing_in.late,
    "like": handing_in.like,
    "record": record.record,
    "tracks": record.tracks,
    "cast": record.cast,
}
