"""A data folder that commit 5e433ef made: what an upgrade meets.

Two invented listeners, twelve days of plays and 200 imported rows, rules, a link, an API token, an
erased day and a browser that is logged in, all built and published; one more day and an order to
drain it wait in Valkey. Its build was made from /srv/liner, which is nowhere by now.
"""

import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

ARCHIVE = Path(__file__).parent / "data_dir_5e433ef.tar.xz"
SESSION = "anoldbrowserthatstaysloggedin123"  # of Mira, who is admin there
API_TOKEN = "old"
SHARE = "an-old-link"
PENDING = 90  # events in the log that have not landed

PAGES = (
    "/",
    "/trends/",
    "/top/",
    "/top/?show=artists&range=all",
    "/top/?show=albums",
    "/artist/?name={artist}",
    "/album/?name={album}&artist={artist}",
    "/tracks/{track_id}/",
    "/search/?q=a",
    "/year/2026/",
    "/year/2026/card.svg",
    "/devices/",
    "/podcasts/",
    "/compare/",
    "/house/",
    "/coverage/",
    "/merged/",
    "/rules/",
    "/shares/",
    f"/share/{SHARE}/",
    f"/share/{SHARE}/trends/",
    "/export/",
    "/export/listening.csv",
    "/export/listening.json",
    "/export/listening.parquet",
    "/export/decisions.json",
    "/recommendations/",
    "/now/",
    "/now/state/",
    "/import/",
    "/data/",
    "/settings/",
    "/about/",
    "/admin/status/",
    "/health",
    "/ready",
    "/api/v1/recommendations/{track_id}",
)
API = (
    "/api/v1/stats/overview",
    "/api/v1/stats/over-time",
    "/api/v1/stats/discovery",
    "/api/v1/stats/devices",
    "/api/v1/stats/clock",
    "/api/v1/stats/recent",
    "/api/v1/stats/top/tracks",
    "/api/v1/stats/tracks/{track_id}",
    "/api/v1/stats/artist?name={artist}",
    "/api/v1/stats/album?name={album}&artist={artist}",
    "/api/v1/stats/year/2026",
    "/api/v1/stats/search?q=a",
    "/api/v1/stats/house",
    "/api/v1/stats/compare",
    "/api/v1/stats/podcasts",
    "/api/v1/stats/coverage",
    "/api/v1/stats/scope",
    "/api/v1/merged",
    "/api/v1/imports",
    "/api/v1/recommendations",
    "/api/v1/erasures",
)


def unpack(folder: Path) -> Path:
    """Lay the old data folder out below an empty one; returns it."""
    with tarfile.open(ARCHIVE) as archive:
        if hasattr(tarfile, "data_filter"):  # Debian's 3.11.2 has none
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return folder


def addresses(known: Mapping[str, str], *, of: Sequence[str] = PAGES) -> Iterator[str]:
    """Of these pages; `known` is a play that was heard: its track_id, artist and album."""
    quoted = {name: quote(value) for name, value in known.items()}
    return (page.format_map(quoted) for page in of)


def is_shown(status: int, text: str) -> bool:
    """Whether a page is there, or says that it is being rebuilt; anything else is broken."""
    return status == 200 or (status == 503 and "rebuilding" in text)
