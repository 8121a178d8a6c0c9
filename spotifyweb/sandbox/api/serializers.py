"""JSON as Spotify sends it: the field set of a development-mode app of 2026, or the legacy one.

Fields that development mode lost are absent, not null.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.catalogue import artwork, names
from spotifyweb.sandbox.catalogue.music import Album, Artist, Track
from spotifyweb.sandbox.listeners.people import Device, Person
from spotifyweb.sandbox.player.items import Item

Json = dict[str, Any]
MARKETS = ["DE", "GB", "JP", "NO", "US"]
INCOMPLETE_ALBUM: Json = {
    "name": "",
    "album_type": "EP",
    "release_date": "0000",
    "release_date_precision": "year",
    "images": [],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serializer:
    base: str  # of this server, so that every href points back at it
    legacy: bool
    odd: bool = False  # as albums look after a takedown, and as old entries do
    market: bool = False  # a market applies: tracks say whether they are playable there
    position: bool = False  # allowed to see how far somebody got in an episode

    def links(self, kind: str, item_id: str) -> Json:
        return {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{item_id}"},
            "href": f"{self.base}/v1/{kind}s/{item_id}",
            "id": item_id,
            "type": kind,
            "uri": f"spotify:{kind}:{item_id}",
        }

    def images(self, kind: str, item_id: str) -> list[Json]:
        files = artwork.files(kind, item_id)
        return [
            {"height": width, "url": f"{self.base}{path}", "width": width}
            for width, path in files.items()
        ]

    def old(self, **fields: object) -> Json:
        """Return the fields that only the legacy profile still sends."""
        return fields if self.legacy else {}

    def artist_link(self, artist: Artist) -> Json:
        return {**self.links("artist", artist.artist_id), "name": artist.name}

    def artist(self, artist: Artist) -> Json:
        return {
            **self.artist_link(artist),
            "images": self.images("artist", artist.artist_id),
            **self.old(
                followers={"href": None, "total": artist.popularity * 1311},
                genres=[artist.genre],
                popularity=artist.popularity,
            ),
        }

    def album_link(self, album: Album) -> Json:
        return {
            **self.links("album", album.album_id),
            "album_type": album.album_type,
            "artists": [self.artist_link(artist) for artist in album.credits],
            "images": self.images("album", album.album_id),
            "name": album.name,
            "release_date": album.release_date,
            "release_date_precision": album.release_date_precision,
            "total_tracks": len(album.tracks),
            **self.old(available_markets=MARKETS),
            **(INCOMPLETE_ALBUM if self.odd else {}),
        }

    def track_link(self, track: Track) -> Json:
        """Serialize a track as albums list it: without album and ISRC."""
        return {
            **self.links("track", track.track_id),
            "artists": [self.artist_link(artist) for artist in track.artists],
            "disc_number": track.disc_number,
            "duration_ms": track.duration_ms,
            "explicit": track.explicit,
            "is_local": False,
            "name": track.name,
            "preview_url": None,
            "track_number": track.track_number,
            **self.old(available_markets=MARKETS),
            **(self._playable(track) if self.market else {}),
        }

    def _playable(self, track: Track) -> Json:
        reason = track.restriction
        return (
            {"is_playable": False, "restrictions": {"reason": reason}}
            if reason
            else {"is_playable": True}
        )

    def track(self, track: Track, *, other_id: str | None = None) -> Json:
        """Serialize a full track; `other_id` is the same recording under another id."""
        return {
            **self.track_link(track),
            **(self.links("track", other_id) if other_id else {}),
            "album": self.album_link(track.album),
            "external_ids": {"isrc": track.isrc},
            **self.old(popularity=seeds.number(track.track_id) % 90),
        }

    def context(self, uri: str | None) -> Json | None:
        if uri is None:
            return None
        _, kind, item_id, *rest = uri.split(":")
        if rest[:1] == ["playlist"]:  # as playlists were written until 2018
            links = self.links("playlist", rest[1])
            return {"type": "playlist", "href": links["href"], "uri": uri, "external_urls": {}}
        if rest:
            url = f"https://open.spotify.com/user/{item_id}/collection"
            links = {"external_urls": {"spotify": url}, "href": f"{self.base}/v1/me/tracks"}
            return {"type": "collection", **links, "uri": uri}
        return {k: v for k, v in self.links(kind, item_id).items() if k != "id"}

    def person(self, person: Person) -> Json:
        return {
            "account_id": person.account_id,
            "display_name": person.display_name,
            **self.links("user", person.spotify_id),
            "images": self.images("user", person.account_id),
            **self.old(
                country="DE",
                email=f"{person.spotify_id}@example.invalid",
                explicit_content={"filter_enabled": False, "filter_locked": False},
                followers={"href": None, "total": 7},
                product="premium" if person.premium else "free",
            ),
        }


def local_file(serializer: Serializer, item: Item, *, nested: bool) -> Json:
    """Serialize a local file: names and hardly anything else; its length may be `nested`."""
    artist, seconds = names.LAST_NAMES[0], item.duration_ms // 1000
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
            **serializer.old(available_markets=[]),
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
        **serializer.old(popularity=0, available_markets=[]),
    }


def device(device: Device, *, private: bool = False) -> Json:
    kind, name = device
    restricted = kind == "Restricted"  # a speaker of a maker who keeps its id to himself
    return {
        "id": None if restricted else seeds.base62("device", name),
        "is_active": True,
        "is_private_session": private,
        "is_restricted": restricted,
        "name": name,
        "supports_volume": kind != "Automobile",
        "type": "Speaker" if restricted else kind,
        "volume_percent": None if restricted else 64,
    }


def moment(ms: int, *, seconds: bool = False) -> str:
    """Format a time as RFC 3339 in UTC: with milliseconds as `played_at`, else as `added_at`."""
    timespec = "seconds" if seconds and ms % 1000 == 0 else "milliseconds"
    whole = datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
    return whole.isoformat(timespec=timespec).replace("+00:00", "Z")
