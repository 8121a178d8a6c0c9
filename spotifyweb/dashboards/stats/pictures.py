"""Pictures of artists: their own, or the cover of their most played album until it is known."""

from collections.abc import Sequence

from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.warehouse import Row, placeholders

PICTURES = """
    select artist_name, max(image_url) as image_url from gold.user_artists
    where user_id = ? and artist_name in ({names}) group by artist_name
"""


def add_pictures(listens: ListenQuery, artists: Sequence[Row]) -> None:
    """Set `image_url` of rows of artists, from one query; None where there is no picture.

    A share link of some days shows none: a cover would tell the most played album of all days.
    """
    pictures = {} if listens.is_frozen else _read_pictures(listens, artists)
    for artist in artists:
        artist["image_url"] = pictures.get(artist["artist_name"])


def _read_pictures(listens: ListenQuery, artists: Sequence[Row]) -> dict[str, str | None]:
    names = sorted({row["artist_name"] for row in artists})
    if not names:
        return {}
    sql = PICTURES.format(names=placeholders(names))
    rows = listens.warehouse.rows(sql, [listens.user_id, *names])
    return {row["artist_name"]: row["image_url"] for row in rows}
