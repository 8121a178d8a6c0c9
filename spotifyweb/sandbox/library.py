"""The library group of the API: saved tracks."""

from spotifyweb.sandbox import shapes, web
from spotifyweb.sandbox.api import Call
from spotifyweb.sandbox.web import Response


def saved_tracks(call: Call) -> Response:
    limit = call.whole("limit", 20, least=1, most=50)
    offset = call.whole("offset", 0, most=1 << 31)
    saved = call.player.library(call.world.clock.now())
    items = [
        {
            "added_at": shapes.moment(one.added_ms, seconds=True),
            "track": call.shapes.track(one.track),
        }
        for one in saved[offset : offset + limit]
    ]
    return web.as_json(call.page(items, total=len(saved), limit=limit, offset=offset))
