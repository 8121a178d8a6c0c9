"""What a player may hold besides tracks, as JSON: episodes, chapters of audiobooks, local files."""

from spotifyweb.sandbox import seeds, words
from spotifyweb.sandbox.items import Item
from spotifyweb.sandbox.shapes import MARKETS, Json, Shapes


def show_id(item: Item) -> str:
    return seeds.base62("show", item.name.partition(",")[0])


def episode(shapes: Shapes, item: Item) -> Json:
    show = item.name.partition(",")[0]
    return {
        **shapes.links("episode", item.item_id or ""),
        "description": "An invented episode.",
        "duration_ms": item.duration_ms,
        "explicit": False,
        "images": shapes.images(show_id(item)),
        "is_externally_hosted": False,
        "is_playable": True,
        "language": "en",
        "languages": ["en"],
        "name": item.name,
        "release_date": "0000" if item.kind == "chapter" else "2026-02-03",
        "release_date_precision": "year" if item.kind == "chapter" else "day",
        "show": {
            **shapes.links("show", show_id(item)),
            "name": show,
            "images": shapes.images(show_id(item)),
            "total_episodes": 99,
            **shapes.old(publisher="Sandbox", available_markets=MARKETS),
        },
    }


def local_file(shapes: Shapes, item: Item) -> Json:
    """A file of the listener's own: names, and hardly anything else."""
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
        },
        "artists": [{**nobody, "name": artist, "type": "artist"}],
        "disc_number": 0,
        "duration_ms": item.duration_ms,
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
