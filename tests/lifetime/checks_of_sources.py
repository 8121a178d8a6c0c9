"""Where it all comes from and goes to: import, coverage, merged plays, rules, shares, exports."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from bench.harness.processes import PATIENCE_SECONDS
from tests.lifetime import gaps, words
from tests.lifetime.identity import Import
from tests.lifetime.page import Node
from tests.lifetime.placing import Placed
from tests.lifetime.rows import Listen
from tests.lifetime.site import Opened, Site
from tests.lifetime.songs import Release, folded, release_id
from tests.lifetime.view import View

WORDS = {
    "plays": ("Plays", "30 seconds or more, or the whole track"),
    "skips": ("Skips", "left before counting as a play"),
    "podcasts": ("Podcasts", "episodes"),
    "audiobooks": ("Audiobooks", "chapters"),
    "duplicates": ("Duplicates", "already known, not counted again"),
    "unattributed": ("Unattributed", "Spotify has the time but not the track"),
    "rejected": ("Rejected", "not readable as a play, or blocked by you"),
}
PAGES = {"overview": "Overview", "trends": "Trends", "top": "Charts", "year": "Year in review"}
ADDED = ("plays", "skips", "podcasts", "audiobooks")
FETCHED = re.compile(
    r">([^<]*)</time>\s*</td>\s*<td[^>]*>Between an imported history and the first fetch"
)


def imports(site: Site, imported: Import, zone: ZoneInfo, *, file: str) -> None:
    opened = site.page("/import/")
    [card] = opened.page.main.all("article", has="import")
    opened.same("file", card.all("h3")[0].read(), file)
    for node in card.all("p", has="card__note"):
        assert node.read().startswith("Extended streaming history · ")
    added = sum(imported.outcomes()[outcome] for outcome in ADDED)
    days = sorted(one.ended_at.astimezone(zone).date() for one in imported.listens)
    [told] = card.all("p", has="import__sum")
    opened.same(
        "sum",
        told.read(),
        f"{added:,} of {words.plural(imported.rows, 'row')} added. "
        f"They cover {words.day(days[0])} to {words.day(days[-1])}. "
        "They appear in your statistics within a minute or two.",
    )
    [caption] = card.all("caption")
    opened.same("caption", caption.read(), f"Result of {file}")
    opened.same("outcomes", opened.page.table(card), _outcomes(imported))
    [foot] = card.all("tfoot")
    opened.same("rows", foot.read(), f"Total {imported.rows:,}")
    [region] = card.all("div", has="table-wrap")
    opened.same("region", region.attributes["aria-label"], f"Result of {file}")
    region.read()
    how = opened.page.part("how")
    how.read()  # how to get a history, with Spotify's own numbers
    for node in opened.page.main.all("header", has="page-head"):
        node.read()
    opened.close()


def _outcomes(imported: Import) -> list[list[str]]:
    rows = []
    for outcome, (name, meaning) in WORDS.items():
        reasons = [(why, n) for (what, why), n in imported.reasons.items() if what == outcome]
        if reasons:
            rows.append([name, meaning, words.number(imported.outcomes()[outcome])])
            for why, count in sorted(reasons, key=lambda one: -one[1]):
                samples = imported.samples[outcome, why][:3]
                rows.append(["", " ".join([why, *samples]), f"{count:,}"])
    return rows


def fetched_at(site: Site, zone: ZoneInfo) -> datetime:
    """When the first fetch was, to the minute: the one moment that no file tells."""
    found = FETCHED.search(site.get("/coverage/").text)
    assert found, "no first fetch"
    return datetime.strptime(found[1].strip(), "%d %b %Y, %H:%M").replace(tzinfo=zone)


def coverage(site: Site, imported: list[Import], zone: ZoneInfo) -> None:
    opened = site.page("/coverage/")
    spans = gaps.stretches(imported)
    history = [words.day(one.astimezone(zone)) for one in (spans[0][0], spans[-1][1])]
    counted = {
        "Imported streaming history": " to ".join(history),
        "Fetched from Spotify": _fetched(opened, site.gaps[0].last, zone),
    }
    opened.facts(counted)
    bars = {
        node.attributes["data-source"]: len(node.all("rect"))
        for node in opened.page.main.all("svg", has="bar")
    }
    holes = sum(gap.reason == gaps.BETWEEN for gap in site.gaps)
    opened.same("bars", bars, {"extended_history": 1 + holes, "recently_played": 1})
    rows = [
        [
            "the beginning" if gap.reason == gaps.BEFORE else words.moment(gap.first),
            words.moment(gap.last),
            gap.reason[0].upper() + gap.reason[1:],
            "not checked",
        ]
        for gap in site.gaps
    ]
    opened.same("gaps", opened.page.table(opened.page.main), rows)
    said = [p.read() for p in opened.page.main.all("p") if p.all("strong")]
    counts = f"0 known, {len(site.gaps)} not checked, 0 filled. "
    opened.same("counts", said[0][: len(counts)], counts)
    opened.close()


def _fetched(opened: Opened, since: datetime, zone: ZoneInfo) -> str:
    """From the first fetch to the newest, of which a page tells the minute: by now it is over."""
    said = opened.page.facts()["Fetched from Spotify"]
    now = datetime.now(zone).replace(tzinfo=None)
    if since.date() != now.date():
        return f"{words.day(since)} to {words.day(now)}"
    until = said.rsplit(" ", 1)[-1]
    assert f"{since:%H:%M}" <= until <= f"{now:%H:%M}", said
    return f"{words.moment(since)} to {until}"


def merged(site: Site, view: View) -> None:
    """Plays of which another export tells again, with both rows."""
    again = view.everything.again[view.user_id]
    opened = site.page("/merged/")
    [head] = opened.page.main.all("div", has="page-head")
    found = re.search(r"one\. (.*?) (?:was|were) merged\. If", head.all("p")[0].read())
    opened.same("duplicates", found and found[1], words.plural(len(again), "duplicate"))
    [kept] = opened.page.find(lambda node: node.attributes.get("aria-label") == "Which plays")
    opened.same("kept apart", kept.read(), "Merged Split (0)")
    counted = sorted(_evidence(view), key=lambda one: one[0], reverse=True)[:30]
    lines = opened.page.main.all("li", has="evidence")
    opened.same("plays", [_play(one) for one in lines], [play for _, play, _ in counted])
    opened.same("evidence", [opened.page.table(one) for one in lines], [e for *_, e in counted])
    for node in [form for one in lines for form in one.all("form")]:
        node.read()  # whether they were two
    for place in opened.page.main.all("span", has="pager__place"):
        place.read()
    opened.close()


def _play(line: Node) -> str:
    return next(node for node in line.all("div") if "id" in node.attributes).read()


def _evidence(view: View) -> list[tuple[datetime, str, list[list[str]]]]:
    """When each play ended, what it was, and its rows, the one that is kept first."""
    rows: dict[int, list[Listen]] = {}
    for first, other in view.everything.again[view.user_id]:
        rows.setdefault(id(first), [first]).append(other)
    found = []
    for first, *others in rows.values():
        release = view.everything.releases[release_id(first)]
        began = _whole_ms(first.began_at).astimezone(view.everything.zone)
        play = f"{release.title} {release.artist} · {words.moment(began)}"
        zone = view.everything.zone
        lines = [_row(first, zone, "kept")]
        others.sort(key=lambda one: one.ended_at)
        found.append(
            (
                first.ended_at,
                play,
                lines + [_row(one, zone, "Same start on the device") for one in others],
            )
        )
    return found


def _row(listen: Listen, zone: ZoneInfo, why: str) -> list[str]:
    local = listen.ended_at.astimezone(zone)
    ended = f"{words.day(local.date())}, {local:%H:%M:%S}"
    return ["imported", ended, words.duration(listen.ms), listen.device or "–", why]


def data(site: Site, view: View) -> None:
    opened = site.page("/data/")
    [choice] = opened.page.find(lambda node: node.attributes.get("id") == "source-name")
    everything = view.everything
    count = len(everything.placed[view.user_id]) + len(everything.again[view.user_id])
    opened.same("source", choice.read(), f"Imported streaming history ({count:,})")
    opened.close()


def rules(site: Site, view: View, artist: str) -> None:
    """`view` is without the rule."""
    opened = site.page("/rules/")
    everything = view.seen(podcasts="with").all_time
    count = sum(
        one.is_play and one.begins and folded(one.artist_name or "") == folded(artist)
        for one in everything
    )
    [line] = opened.page.rows(opened.page.part("my-rules"))
    opened.same("rule", line.split(" Turn")[0], f"{artist} Artist · {words.plural(count, 'play')}")
    for node in opened.page.part("new-rule").walk():
        node.is_read = True  # how to write a rule of hours
    opened.close()


def exports(site: Site, view: View) -> None:
    """Every play and skip in each format, by the month in which they began and by their end."""
    counted = [_exported(one, view) for one in view.everything.placed[view.user_id]]
    counted.sort(key=lambda row: f"{row['local_at']:%Y-%m}")
    shown = list(
        csv.DictReader(io.StringIO(site.get("/export/listening.csv").content.decode("utf-8-sig")))
    )
    texts = [{name: _text(value) for name, value in row.items()} for row in counted]
    names = list(counted[0])
    site.found.same(
        "/export/listening.csv rows", [{n: row[n] for n in names} for row in shown], texts
    )
    table = pq.read_table(io.BytesIO(site.get("/export/listening.parquet").content))
    site.found.same("/export/listening.parquet rows", table.select(names).to_pylist(), counted)
    rows = json.loads(site.get("/export/listening.json").content)
    brief = [(row["ts"], row["ms_played"], row["skipped"]) for row in rows]
    site.found.same(
        "/export/listening.json rows",
        brief,
        [(f"{r['ended_at']:%Y-%m-%dT%H:%M:%SZ}", r["heard_ms"], r["skipped"]) for r in counted],
    )


def _exported(one: Placed, view: View) -> dict[str, Any]:
    listen = one.listen
    release: Release = view.everything.releases[release_id(listen)]
    zone = view.everything.zone
    return {
        "event_id": one.event_id,
        "event_type": "play" if listen.is_play else "skip",
        "track_id": release.release_id,
        "track_name": release.title,
        "artist_name": release.artist,
        "album_name": release.album,
        "heard_ms": listen.ms,
        "started_at": _whole_ms(listen.began_at),
        "ended_at": listen.ended_at,
        "local_at": _whole_ms(listen.began_at).astimezone(zone).replace(tzinfo=None),
        "device_type": listen.device,
        "platform": listen.platform,
        "content_type": listen.content_type,
        "source": "extended_history",
        **listen.flags,
    }


def _whole_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000).astimezone(UTC)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def share(site: Site, view: View, pages: list[str]) -> str:
    """Make a link with these filters; returns its token."""
    form = {"pages": pages, "query": urlencode(view.params), "lifetime": "7"}
    post(site, "/shares/", form)
    opened = site.page("/shares/")
    line, *_ = opened.page.rows(opened.page.part("my-links"))
    found = re.search(r"/share/([\w-]+)/", line)
    assert found, line
    expires_at = datetime.now(UTC) + timedelta(days=7)
    until = words.day(expires_at.astimezone(view.everything.zone).date())
    told = line.split(found[0])[1].split(" Copy link")[0].strip()
    opened.same(
        "link", told, f"{', '.join(PAGES[page] for page in pages)} · 0 views · until {until}"
    )
    opened.page.part("new-link").read()  # how long a link may be good for
    opened.close()
    return found[1]


def delete_rule(site: Site) -> None:
    found = re.search(r'action="(/rules/\d+/)"', site.get("/rules/").text)
    assert found, "no rule"
    post(site, found[1], {"do": "delete"})


def post(site: Site, path: str, form: dict[str, Any], **more: Any) -> None:
    token = {"csrfmiddlewaretoken": site.session.cookies["csrftoken"]}
    answer = site.session.post(
        f"{site.url}{path}",
        data=form | token,
        **more,
        headers={"Referer": f"{site.url}{path}"},
        timeout=PATIENCE_SECONDS,
    )
    assert answer.ok, (path, answer.status_code)
