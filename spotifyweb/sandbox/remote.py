"""The page at `/`: every listener's player with buttons, and a few troubles to cause."""

from html import escape

from spotifyweb.sandbox import pages, responses
from spotifyweb.sandbox.control import actions, commands
from spotifyweb.sandbox.listeners.people import ACCOUNTS, Person
from spotifyweb.sandbox.player.player import PlaybackState
from spotifyweb.sandbox.responses import Request, Response
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
TROUBLES: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("rate_limited", "Too many requests, for a minute", {"retry_after": 30}),
    ("quota_exceeded", "Daily quota used up, for a minute", {}),
    ("bad_gateway", "Bad gateway, for a minute", {}),
    ("premium_required", "Owner without Premium, for a minute", {}),
)


def page(state: SandboxState) -> Response:
    now_ms = state.clock.now_ms()
    decks = "".join(
        _deck(one, state.player(one.account_id).playback_at(now_ms))
        for one in ACCOUNTS.values()
        if one.listed
    )
    troubles = "".join(
        f'<button class="quiet" name="trouble" value="{kind}">{escape(label)}</button>'
        for kind, label, _ in TROUBLES
    )
    active = sum(one.is_on(now_ms) for one in state.faults)
    body = f"""<h1>Who plays what</h1>{decks}<h2>Trouble</h2>
<form method="post" action="/sandbox/by-hand" class="buttons small">{troubles}
<button class="quiet" name="trouble" value="none">None{f" ({active} now)" if active else ""}
</button></form>
<p class="who">Sandbox time {state.clock.now():%Y-%m-%d %H:%M:%S} UTC, profile
{escape(state.profile)}, seed {state.seed}. The page looks again every five seconds.</p>"""
    frame = pages.frame("By hand", body, refresh_seconds=5, wide=True)
    return responses.as_text(frame, content_type=responses.HTML)


def _deck(person: Person, playing: PlaybackState | None) -> str:
    buttons = "".join(
        f'<button name="do" value="{do}"{"" if do == "skip" else " class=quiet"}>{label}</button>'
        for do, label in BUTTONS
    )
    return f"""<section class="deck" id="{person.account_id}">{_art(playing, person)}
<div class="what"><p class="who">{escape(person.display_name)} · {escape(person.about)}</p>
{_what(playing)}</div><form method="post" action="/sandbox/by-hand" class="buttons">
<input type="hidden" name="account_id" value="{person.account_id}">{buttons}</form></section>"""


def _art(playing: PlaybackState | None, person: Person) -> str:
    track = playing.item.track if playing else None
    art = track.album.album_id if track else person.account_id
    return f'<img src="/sandbox/art/{art}/300" alt="">'


def _what(playing: PlaybackState | None) -> str:
    if playing is None:
        return "<p>Silence</p>"
    track, item = playing.item.track, playing.item
    names = ", ".join(artist.name for artist in track.artists) if track else item.kind
    suffix = "" if playing.is_playing else " · paused"
    done = f'<progress max="{item.duration_ms}" value="{playing.progress_ms}"></progress>'
    clock = f"{_minutes(playing.progress_ms)} of {_minutes(item.duration_ms)}"
    return (
        f"<p><b>{escape(item.name)}</b></p><p>{escape(names)}</p>{done}"
        f'<p class="who">{clock} on {escape(playing.device[1])}{suffix}</p>'
    )


def _minutes(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"


def act(state: SandboxState, request: Request) -> Response:
    """A button was pressed; back to the page."""
    form = request.form()
    if form.get("do") in {do for do, _ in BUTTONS} and form.get("account_id") in ACCOUNTS:
        commands.execute(state, {"account_id": form["account_id"], "do": form["do"]})
    if form.get("trouble") == "none":
        state.faults.clear()
    for kind, _, more in TROUBLES:
        if form.get("trouble") == kind:
            actions.add_fault(state, {"kind": kind, "for_seconds": 60, **more})
    return responses.redirect("/")
