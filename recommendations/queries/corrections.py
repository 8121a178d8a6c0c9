"""What one listener joined or split by hand, as the published build applied it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spotifyweb.warehouse import Row, Warehouse

CORRECTED = "select kind, name, corrected_name from gold.corrections where user_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """Under which ids and names a listener knows tracks and artists.

    What follows what is counted without it; a listener is shown nothing but their own tracks.
    """

    tracks: Mapping[str, str] = field(default_factory=dict)  # any id -> the one it goes by
    artists: Mapping[str, str] = field(default_factory=dict)  # any spelling -> their name

    def apply(self, row: Row) -> Row:
        """Return a track's row under the listener's own id and artist name."""
        if not (self.tracks or self.artists):
            return row
        track_id, artist_name = row["track_id"], row["artist_name"]
        own = {
            "track_id": self.tracks.get(track_id, track_id),
            "artist_name": self.artists.get(row["artist_spelling"], artist_name),
        }
        return {**row, **own}


def corrections_of(warehouse: Warehouse, user_id: str) -> Corrections:
    """Read a listener's corrections; empty where there are none."""
    kinds: dict[str, dict[str, str]] = {"track": {}, "artist": {}}
    for row in warehouse.rows(CORRECTED, [user_id]):
        kinds[row["kind"]][row["name"]] = row["corrected_name"]
    return Corrections(tracks=kinds["track"], artists=kinds["artist"])
