"""Top lists, search, and the pages of one track, artist or album."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.lifetime import words
from tests.lifetime.checks import buckets, newest, plays, scope_of
from tests.lifetime.site import UNNAMED, Opened, Site
from tests.lifetime.view import Ranking, View, is_named
from tests.support import reference_stats
from tests.support.reference_listens import CountedListen
from tests.support.reference_stats import KEYS

KINDS = ("tracks", "artists", "albums")
Key = tuple[str, ...]


def top(site: Site, view: View, by: str = "plays") -> None:
    """Ten of each kind."""
    opened = site.listening("top", view, **({} if by == "plays" else {"by": by}))
    opened.head(view.label())
    for kind in KINDS:
        part = opened.page.part(f"top-{kind}")
        [note] = part.all("span", has="card__note")
        opened.same(f"all {kind}", note.read(), words.number(len(view.ranking(kind, by))))
        opened.ranked(f"top-{kind}", view, kind, by=by, moves=not site.is_shared)
    opened.close()


def whole_top(site: Site, view: View, kind: str, by: str) -> None:
    """A ranking from its first page to its last."""
    found = len(view.ranking(kind, by))
    last = -(-found // 50)
    for number in range(1, last + 1):
        params = view.params | {"kind": kind, "by": by, "page": str(number)}
        opened = site.page("/top/", params)
        part = opened.page.part(f"top-{kind}")
        [note] = part.all("span", has="card__note")
        opened.same(f"all {kind}", note.read(), words.number(found))
        wide = {"by": by, "wide": True, "limit": 50, "offset": 50 * (number - 1)}
        opened.ranked(f"top-{kind}", view, kind, **wide)
        links = [node.read() for node in part.all("details", has="playlist__links")]
        opened.same("links", links, _links(view, kind, by, number))
        for place in opened.page.main.all("span", has="pager__place"):
            opened.same("pages", place.read(), f"{number} of {last}")
        opened.close()


def _links(view: View, kind: str, by: str, page: int) -> list[str]:
    """The tracks of a page as links, where Spotify has an id for them."""
    shown = view.ranking(kind, by)[50 * (page - 1) : 50 * page] if kind == "tracks" else []
    ids = [key[0] for key, *_ in shown if view.track(key[0]).content_type == "track"]
    links = [f"https://open.spotify.com/track/{one}" for one in ids if not one.startswith("name:")]
    return [words.line("Show links: Top tracks", *links)] if links else []


def search(site: Site, view: View, typed: str, *, meant: str = "") -> None:
    """Everything whose name contains the words; `meant` are they without a wrong letter."""
    opened = site.page("/search/", {"q": typed})
    meant = meant or typed
    own = View(
        everything=view.everything,
        user_id=view.user_id,
        today=view.today,
        params={"podcasts": "with"},
    )
    releases = view.everything.releases.values()
    named = {one.track_id for one in releases if is_named(meant, one.title)}
    rows = {kind: _begun(own, kind) for kind in KINDS}
    tracks = [row for row in rows["tracks"] if row[0][0] in named][:12]
    artists = [row for row in rows["artists"] if is_named(meant, row[0][0])][:8]
    albums = [row for row in rows["albums"] if is_named(meant, row[0][1])]
    albums = sorted(albums, key=lambda row: (-row[1], -row[2], row[0][1]))[:8]
    assert tracks or artists or albums, typed
    opened.rows("artists-title", [amounts(row[0][0], row) for row in artists])
    opened.rows("tracks-title", [amounts(name_of(view, row[0]), row) for row in tracks])
    opened.rows("albums-title", [amounts(words.line(*reversed(row[0])), row) for row in albums])
    found = {row[0][0] for row in tracks}
    opened.rows("plays-title", plays(own, 15, of=found) if found else [])
    for node in opened.page.find(lambda node: node.tag == "p"):
        node.read()
    opened.close()


def name_of(view: View, key: Key) -> str:
    release = view.track(key[0])
    return words.line(release.title or UNNAMED, release.artist)


def amounts(name: str | None, row: tuple[Any, ...]) -> str:
    return words.line(name, words.number(row[1]), words.duration(row[2]))


def _begun(view: View, kind: str) -> Ranking:
    """Also what was only skipped: it was heard too."""
    groups: dict[Key, list[CountedListen]] = {}
    for one in view.pieces:
        key = KEYS[kind](one)
        if None not in key:
            groups.setdefault(key, []).append(one)  # type: ignore[arg-type]
    rows = [(key, *_sums(group)) for key, group in groups.items()]
    return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))


def _sums(group: list[CountedListen]) -> tuple[int, int]:
    return sum(o.is_play and o.begins for o in group), reference_stats.time(group)


def item(site: Site, view: View, kind: str, key: Key, *, asked: Key | None = None) -> None:
    """`asked`: another id of the song, or another spelling, that leads to the same page."""
    opened = _opened(site, view, kind, asked or key)
    own = [one for one in view.counted if KEYS[kind](one) == key]
    told = reference_stats.totals(own)
    skips = reference_stats.totals([one for one in view.pieces if KEYS[kind](one) == key])
    days = sorted(one.local_date for one in own if one.is_play and one.begins)
    places = {row[0]: place for place, row in enumerate(view.ranking(kind), start=1)}
    [said] = opened.page.main.all("p", has="scope-words")
    opened.same("head", said.read(), view.label())
    opened.facts(
        {
            "plays": words.number(told["plays"]),
            "listening time": words.duration(told["heard_ms"]),
            "share": words.percent(told["heard_ms"], view.totals()["heard_ms"]),
            "rank": f"#{places[key]:,}" if key in places else "–",
            "first play": words.day(days[0] if days else None),
            "last play": words.day(days[-1] if days else None),
            "skip rate": words.percent(skips["skips"], skips["begun"]),
        }
    )
    steps, step = buckets(view, scope_of(view))
    over = reference_stats.over_time(own, step)
    counts = [over.get(str(day), (0,))[0] for day in steps[:-1]]
    opened.chart("listening", f"Plays per {step}", steps, step, {"Plays": counts})
    _parts(opened, view, kind, own)
    opened.rows("together-title", together(view, kind, key))
    if kind == "artists":
        _ranks(opened, view, key[0])
    _newest(opened, view, kind, key)
    opened.rows("house-title", _in_the_house(view, kind, key))
    for node in opened.page.main.all("h2"):
        node.read()
    opened.close()


def _ranks(opened: Opened, view: View, artist: str) -> None:
    """The place among all artists by month; by week in fewer than 180 days."""
    first, last = view.span
    is_long = first is None or last is None or (last - first).days + 1 >= 180
    steps, step = buckets(view, scope_of(view), "month" if is_long else "week")
    ranks = reference_stats.artist_ranks(view.counted, artist, step)
    line = [ranks.get(str(day)) for day in steps[:-1]]
    opened.chart("ranks", f"Rank per {step}", steps, step, {"Rank": line}, has_gaps=False)


def _newest(opened: Opened, view: View, kind: str, key: Key) -> None:
    """Fifteen plays: when, the track unless it is one, on what, how long, told by what."""
    lines = [
        [
            words.moment(one.local_at),
            *([one.track_name or UNNAMED] if kind != "tracks" else []),
            "Unknown" if one.device == "unknown" else one.device,
            words.clock(one.listened_ms) + ("" if one.is_play else " Skipped"),
            "imported",
            f"Delete: {words.moment(one.local_at)}",
        ]
        for one in newest(view, 15, lambda one: KEYS[kind](one) == key)
    ]
    try:
        part = opened.page.part("plays-title")
    except StopIteration:
        opened.same("plays", [], lines)
        return
    opened.same("plays", opened.page.table(part), lines)


def _opened(site: Site, view: View, kind: str, key: Key) -> Opened:
    if kind == "tracks":
        return site.page(f"/tracks/{key[0]}/", view.params)
    if kind == "artists":
        return site.page("/artist/", {"name": key[0]} | view.params)
    return site.page("/album/", {"artist": key[0], "name": key[1]} | view.params)


def _parts(opened: Opened, view: View, kind: str, own: list[CountedListen]) -> None:
    """Its tracks, albums and releases, most played first."""
    if kind == "tracks":
        rows = _most(own, lambda one: one.release_id)
        lines = []
        for release_id, count, ms in rows if len(rows) > 1 else []:
            one = view.everything.releases[release_id]
            name = words.line(one.album or "Unknown album", one.title or UNNAMED)
            lines.append(words.line(name, words.number(count), words.duration(ms)))
        opened.rows("releases-title", lines)
        return
    rows = _most(own, lambda one: one.track_id)
    titles = {one.track_id: view.track(one.track_id).title or UNNAMED for one in own}
    if kind == "albums":  # as they are called on it
        for each in sorted(own, key=lambda one: one.track_name):
            titles[each.track_id] = words.line(each.track_name or UNNAMED, each.artist_name)
    lines = [amounts(titles[row[0]], row) for row in rows]
    opened.rows("tracks-title", lines[:50])
    if lines:
        [note] = opened.page.part("tracks-title").all("span", has="card__note")
        opened.same("tracks", note.read(), words.number(len(rows)))
    if kind == "artists":
        rows = _most([one for one in own if one.album_name], lambda one: one.album_name or "")
        lines = [amounts(row[0], row) for row in rows]
        opened.rows("albums-title", lines[:20])


def _most(
    own: list[CountedListen], key: Callable[[CountedListen], str]
) -> list[tuple[str, int, int]]:
    groups: dict[str, list[CountedListen]] = {}
    for one in own:
        groups.setdefault(key(one), []).append(one)
    rows = [(name, *_sums(group)) for name, group in groups.items()]
    return sorted((r for r in rows if r[1]), key=lambda row: (-row[1], -row[2], row[0]))


def together(view: View, kind: str, key: Key) -> list[str]:
    """What was played in the same sittings, more than once; the newest thousand sittings count."""
    of_key = [
        {KEYS[kind](one) for one in sitting if None not in KEYS[kind](one)}
        for sitting in view.sittings()
    ]
    newest = [keys for keys in of_key if key in keys][-1000:]
    counted = Counter(other for keys in newest for other in keys if other != key)
    rows = sorted((-count, other) for other, count in counted.items() if count > 1)
    return [words.line(_named(view, kind, key), f"{-count:,}×") for count, key in rows[:8]]


def _named(view: View, kind: str, key: tuple[str | None, ...]) -> str:
    if kind == "tracks":
        return name_of(view, (key[0] or "",))
    return words.line(*reversed(key))


def _in_the_house(view: View, kind: str, key: Key) -> list[str]:
    """Everybody's, of all time, spoken too."""
    rows = []
    for user_id in view.everything.heard:
        own = View(
            everything=view.everything,
            user_id=user_id,
            today=view.today,
            params={"podcasts": "with"},
            left_out=view.left_out if user_id == view.user_id else (),
        )
        rows.append((user_id, *_sums([one for one in own.pieces if KEYS[kind](one) == key])))
    rows = sorted((row for row in rows if row[1]), key=lambda row: (-row[1], -row[2], row[0]))
    return [amounts(NAMES[row[0]], row) for row in rows]


NAMES: dict[str, str] = {}  # how those of the house are called, by their user_id
