"""The page at `/`: a remote control for every listener's player, and a few faults to cause."""

from starlette.responses import Response

from spotifyweb.sandbox import pages, responses
from spotifyweb.sandbox.control import actions, commands
from spotifyweb.sandbox.endpoints import Endpoint, SandboxRequest
from spotifyweb.sandbox.listeners.people import ACCOUNTS
from spotifyweb.sandbox.state import SandboxState

BUTTONS = (
    ("skip", "Skip"),
    ("play", "Play something"),
    ("pause", "Pause"),
    ("resume", "Go on"),
    ("stop", "Stop"),
    ("episode", "Podcast"),
    ("ad", "Ad"),
    ("auto", "As usual"),
)
FAULTS: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("rate_limited", "Too many requests, for a minute", {"retry_after": 30}),
    ("quota_exceeded", "Daily quota used up, for a minute", {}),
    ("bad_gateway", "Bad gateway, for a minute", {}),
    ("premium_required", "Owner without Premium, for a minute", {}),
)


def page(state: SandboxState, _request: SandboxRequest) -> Response:
    """Show what each listener on the allow-list plays now."""
    now_ms = state.clock.now_ms()
    listed = [person for person in ACCOUNTS.values() if person.listed]
    players = [(person, state.player(person.account_id).playback_at(now_ms)) for person in listed]
    return pages.render(
        "remote.html",
        players=players,
        buttons=BUTTONS,
        faults=FAULTS,
        active_faults=sum(fault.is_on(now_ms) for fault in state.faults),
        now=f"{state.clock.now():%Y-%m-%d %H:%M:%S}",
        state=state,
    )


def press(state: SandboxState, request: SandboxRequest) -> Response:
    """Do what the pressed button says, and redirect to the page."""
    form = request.form_fields()
    if form.get("do") in dict(BUTTONS) and form.get("account_id") in ACCOUNTS:
        commands.execute(state, {"account_id": form["account_id"], "do": form["do"]})
    if form.get("trouble") == "none":
        state.faults.clear()
    for kind, _, details in FAULTS:
        if form.get("trouble") == kind:
            actions.add_fault(state, {"kind": kind, "for_seconds": 60, **details})
    return responses.redirect("/")


ENDPOINTS = (
    Endpoint("/", "remote", "sandbox", page, method=None),
    Endpoint("/sandbox/by-hand", "by-hand", "sandbox", press, method="POST"),
)
