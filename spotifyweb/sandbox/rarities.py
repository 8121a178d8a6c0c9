"""What a player may hold besides what Spotify offers, as JSON: a file of the listener's own."""

from spotifyweb.sandbox import words
from spotifyweb.sandbox.items import Item
from spotifyweb.sandbox.shapes import Json, Shapes


def local_file(shapes: Shapes, item: Item, *, nested: bool) -> Json:
    """A file of the listener's own: names, and hardly anything else; its length may be `nested`."""
    artist, seconds = words.LAST_NAMES[0], item.duration_ms // 1000
    nobody: Json = {"external_urls": {}, "href": None, "id": None, "uri": None}
    name = item.name.replace(" ", "+")
    return {
        "album": {
            **nobody,
            "album_type": None,
            "artists": [],
            "images": [],
            "name": "",
            "release_date": None,
            "release_date_precision": None,
            "type": "album",
            **shapes.old(available_markets=[]),
        },
        "artists": [{**nobody, "name": artist, "type": "artist"}],
        "disc_number": 0,
        "duration_ms": {"totalMilliseconds": item.duration_ms} if nested else item.duration_ms,
        "explicit": False,
        "external_ids": {},
        "external_urls": {},
        "href": None,
        "id": None,
        "is_local": True,
        "name": item.name,
        "preview_url": None,
        "track_number": 0,
        "type": "track",
        "uri": f"spotify:local:{artist}::{name}:{seconds}",
        **shapes.old(popularity=0, available_markets=[]),
    }
