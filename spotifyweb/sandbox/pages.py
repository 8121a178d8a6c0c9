"""The sandbox's own pages, each with its visible mark: consent, refusal, and the controls."""

from html import escape

from spotifyweb.sandbox.listeners.people import ACCOUNTS, Person

FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} · Spotify sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/sandbox/style.css">{head}</head>
<body><p class="mark">Sandbox · an imitation, not Spotify</p><main{kind}>{body}</main></body></html>
"""
HIDDEN = (
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "response_type",
    "code_challenge",
    "code_challenge_method",
)
SCOPE_DESCRIPTIONS = {  # every scope that Spotify knows; another one is illegal
    "user-read-recently-played": "See what you played recently",
    "user-read-currently-playing": "See what is playing",
    "user-read-playback-state": "See your player and devices",
    "user-library-read": "See your saved tracks and albums",
    "user-top-read": "See your top artists and tracks",
    "playlist-read-private": "See your private playlists",
    "playlist-read-collaborative": "See your collaborative playlists",
    "playlist-modify-private": "Change your private playlists",
    "playlist-modify-public": "Change your public playlists",
    "user-library-modify": "Change your saved tracks and albums",
    "user-follow-read": "See whom you follow",
    "user-follow-modify": "Change whom you follow",
    "user-read-playback-position": "See how far you got in episodes",
    "user-modify-playback-state": "Control your player",
    "user-read-private": "See your subscription",
    "user-read-email": "See your e-mail address",
    "streaming": "Play music",
    "app-remote-control": "Speak to the app on your device",
    "ugc-image-upload": "Upload pictures",
}


def frame(title: str, body: str, *, refresh_seconds: int = 0, wide: bool = False) -> str:
    head = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    kind = ' class="wide"' if wide else ""
    return FRAME.format(title=escape(title), body=body, head=head, kind=kind)


def refused(reason: str) -> str:
    return frame("Refused", f"<h1>Refused</h1><p class='error'>{escape(reason)}</p>")


def consent(query: dict[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
        for name in HIDDEN
        if name in query
    )
    wishes = "".join(
        f"<li>{escape(SCOPE_DESCRIPTIONS.get(scope, scope))}</li>"
        for scope in query.get("scope", "").split()
    )
    listeners = "".join(_choice(one, first=n == 0) for n, one in enumerate(ACCOUNTS.values()))
    body = f"""
<h1>Who is listening?</h1>
<form method="post" action="/accounts/authorize">{hidden}
<fieldset><legend>Invented listeners</legend>{listeners}</fieldset>
<h2><b>{escape(query["client_id"])}</b> asks to</h2><ul class="wishes">{wishes}</ul>
<div class="buttons"><button name="decision" value="allow" id="allow">Allow</button>
<button name="decision" value="deny" id="deny" class="quiet">Deny</button></div></form>"""
    return frame("Log in", body)


def _choice(person: Person, *, first: bool) -> str:
    checked = " checked" if first else ""
    return f"""<label class="listener"><input type="radio" name="account_id"
 value="{person.account_id}"{checked}><img src="/sandbox/art/{person.account_id}/64" alt="">
<span><b>{escape(person.display_name)}</b><small>{escape(person.about)}</small></span></label>"""
