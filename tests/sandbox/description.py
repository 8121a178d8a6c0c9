"""Spotify's own OpenAPI description of its API as schemas that forgive nothing.

As written, nearly everything in it is optional and anything may come on top. Here every property is
required and no other is allowed, except what the lists below say, each with its reason.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import yaml

Json = dict[str, Any]
FILE = Path(__file__).parents[3] / "shared" / "data" / "spotify-open-api.yml"
REFERENCE = "#/components/schemas/"

# What the description gets wrong: the real service was recorded or reported to send otherwise.
NULL = {  # (schema, property): why it may be null
    ("PlayHistoryObject", "context"): "null where nothing is known of it",
    ("CursorPagingObject", "cursors"): "null on an empty page of recently-played",
    ("CursorPagingObject", "next"): "null on the last page, as in every other page",
    ("CursorObject", "after"): "null on the last page of followed artists",
    ("CurrentlyPlayingContextObject", "context"): "null where nothing is known of it",
    ("CurrentlyPlayingContextObject", "progress_ms"): "null now and then, even while music plays",
    ("CurrentlyPlayingContextObject", "item"): "null for ads, the unknown and unasked episodes",
    ("QueueObject", "currently_playing"): "null in silence",
    ("PrivateUserObject", "display_name"): "nullable in the object of other users, and here too",
}
MORE = {  # (schema, property): what the description does not know
    ("CurrentlyPlayingContextObject", "smart_shuffle"): "sent by /me/player in every recording",
    ("ErrorObject", "reason"): "QUOTA_EXCEEDED, announced in July 2026",
}
LESS = {  # (schema, property): why it may be absent
    ("CursorPagingObject", "total"): "of followed artists only: recently-played has none",
    ("CursorObject", "before"): "of recently-played only",
    ("CurrentlyPlayingContextObject", "device"): "of /me/player only",
    ("CurrentlyPlayingContextObject", "repeat_state"): "of /me/player only",
    ("CurrentlyPlayingContextObject", "shuffle_state"): "of /me/player only",
    ("TrackObject", "is_playable"): "only where a market applies",
    ("TrackObject", "linked_from"): "only after a relinking, which the sandbox does not admit",
    ("TrackObject", "restrictions"): "only where something restricts it",
    ("SimplifiedTrackObject", "is_playable"): "only where a market applies",
    ("SimplifiedTrackObject", "linked_from"): "only after a relinking",
    ("SimplifiedTrackObject", "restrictions"): "only where something restricts it",
    ("AlbumBase", "restrictions"): "only where something restricts it",
    ("EpisodeBase", "restrictions"): "only where something restricts it",
    ("EpisodeBase", "resume_point"): "only with user-read-playback-position",
    ("ChapterBase", "restrictions"): "only where something restricts it",
    ("ChapterBase", "resume_point"): "only with user-read-playback-position",
    ("ExternalIdObject", "ean"): "only what the rights holder gave",
    ("ExternalIdObject", "isrc"): "of tracks",
    ("ExternalIdObject", "upc"): "of albums",
    ("PlaylistTrackObject", "item"): "its new name, since February 2026",
    ("PlaylistTrackObject", "track"): "its old name",
    ("PlaylistObject", "items"): "its new name, since February 2026",
    ("PlaylistObject", "tracks"): "its old name",
    ("SimplifiedPlaylistObject", "items"): "its new name, since February 2026",
    ("SimplifiedPlaylistObject", "tracks"): "its old name",
    ("DisallowsObject", "*"): "each only where it is true",
    ("SearchItems", "*"): "only the kinds that were asked for",
    ("ErrorObject", "reason"): "of a used-up quota",
}
GONE = {  # what a development-mode app of 2026 no longer gets, and the description only deprecates
    *((one, "available_markets") for one in ("TrackObject", "SimplifiedTrackObject")),
    *((one, "available_markets") for one in ("AlbumBase", "ShowBase", "AudiobookBase")),
    *((one, "publisher") for one in ("ShowBase", "AudiobookBase")),
    *((one, "popularity") for one in ("TrackObject", "AlbumObject", "ArtistObject")),
    *((one, "followers") for one in ("ArtistObject", "PrivateUserObject")),
    *(("PrivateUserObject", one) for one in ("country", "email", "explicit_content", "product")),
    ("ChapterBase", "available_markets"),
    ("ArtistObject", "genres"),
    ("AlbumObject", "label"),
    ("ArtistDiscographyAlbumObject", "album_group"),
}
OTHERWISE: dict[tuple[str, str], Json] = {  # what is something else in every recording
    ("AlbumBase", "album_type"): {"type": "string"},  # not only the three: EP, in upper case
    ("CurrentlyPlayingContextObject", "actions"): {  # one level deeper than described
        "properties": {"disallows": {"$ref": f"{REFERENCE}DisallowsObject"}}
    },
}


@cache
def document() -> Json:
    found: Json = yaml.load(FILE.read_text(), Loader=yaml.CSafeLoader)
    return found


class Property(NamedTuple):
    owner: str
    name: str
    schema: Json

    @property
    def keys(self) -> set[tuple[str, str]]:
        return {(self.owner, self.name), (self.owner, "*")}


class Description:
    """`old`: as for apps from before 2026, which still get every field."""

    def __init__(self, *, old: bool) -> None:
        self.document = document()
        self.old = old
        self.validators: dict[tuple[str, int], Any] = {}

    def faults(self, path: str, status: int, body: object, *, method: str = "get") -> list[str]:
        """Say what is wrong with an answer of that path, by place and message."""
        key = (f"{method} {path}", status)
        if key not in self.validators:
            schema = self.closed(*self.answer(path, status, method))
            self.validators[key] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return [
            f"{'.'.join(map(str, error.instance_path))}: {error.message[-300:]}"
            for error in self.validators[key].iter_errors(body)
        ]

    def answer(self, path: str, status: int, method: str) -> tuple[Json, str]:
        answers = self.document["paths"][path][method]["responses"]
        name = answers[str(status)]["$ref"].rpartition("/")[2]
        found = self.document["components"]["responses"][name]
        return found["content"]["application/json"]["schema"], name

    def closed(self, schema: Json, owner: str) -> Json:
        """The same schema with all it refers to, where nothing may be absent or come on top."""
        if "oneOf" in schema:
            return {"anyOf": [self.closed(one, owner) for one in schema["oneOf"]]}
        properties = {one.name: one for one in self.properties(schema, owner)}
        if properties:
            return self.closed_object(properties)
        kept = {name: schema[name] for name in ("type", "enum", "format") if name in schema}
        if "items" in schema:
            kept["items"] = self.closed(schema["items"], owner)
        return {"anyOf": [kept, {"type": "null"}]} if schema.get("nullable") else kept

    def closed_object(self, properties: dict[str, Property]) -> Json:
        optional = LESS.keys() | (set() if self.old else GONE)
        owners = {one.owner for one in properties.values()}
        known = {one.name: self.closed_property(one) for one in properties.values()}
        known |= {name: {} for owner, name in MORE if owner in owners}
        required = [one.name for one in properties.values() if not one.keys & optional]
        return {
            "type": "object",
            "properties": known,
            "required": required,
            "additionalProperties": False,
        }

    def closed_property(self, one: Property) -> Json:
        schema = self.closed(OTHERWISE.get((one.owner, one.name), one.schema), one.owner)
        return {"anyOf": [schema, {"type": "null"}]} if one.keys & NULL.keys() else schema

    def properties(self, schema: Json, owner: str) -> Iterator[Property]:
        """Every property of an object, and of what it is made of, with the schema that names it."""
        if reference := schema.get("$ref"):
            owner = reference.removeprefix(REFERENCE)
            yield from self.properties(self.document["components"]["schemas"][owner], owner)
        for part in schema.get("allOf", ()):
            yield from self.properties(part, owner)
        for name, found in schema.get("properties", {}).items():
            yield Property(owner, name, found)
