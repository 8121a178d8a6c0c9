"""A whole installation in which two people live: one with a lifetime, one with some years.

Spotify, which is the sandbox here, says that nothing was played lately: what is counted is what the
files say.
"""

import json
import os
import random
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from bench.harness.instance import Instance
from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import MIRA, THEO
from tests.faults import players
from tests.lifetime import checks_of_items, checks_of_sources, gaps, heard, identity
from tests.lifetime.generation import Lifetime, write
from tests.lifetime.heard import Everything
from tests.lifetime.identity import Import
from tests.lifetime.site import Comparison, Site
from tests.lifetime.view import ONE_DAY, View

ZONES = ("Europe/Berlin", "America/St_Johns", "Asia/Kolkata")  # a seed lives in one of them
NAMES = {MIRA: "Mira Solberg", THEO: "Theo Okonjo"}
ROWS = {MIRA: 33_600, THEO: 1_800}  # one file of ten is lost
YEARS = {MIRA: 12, THEO: 3}
LONGEST_TEST = timedelta(minutes=2)
SILENT: dict[str, Any] = {
    "items": [],
    "next": None,
    "cursors": None,
    "limit": 50,
    "offset": 0,
    "total": 0,
}


@dataclass(kw_only=True)
class Installation:
    """What the tests look at, and the independent count of it."""

    instance: Instance
    imports: dict[str, list[Import]]
    everything: Everything
    site: Site
    seed: int
    today: date
    file: str
    user_id: str = MIRA
    zone: ZoneInfo

    def view(self, *, left_out: str = "", **params: str) -> View:
        return View(
            everything=self.everything,
            user_id=self.user_id,
            today=self.today,
            params=params,
            left_out=(left_out,) if left_out else (),
        )

    @property
    def other(self) -> View:
        return View(everything=self.everything, user_id=THEO, today=self.today, params={})

    def handle(self) -> str:
        """How the other one is called in addresses."""
        html = self.site.get("/compare/").text
        found = re.search(rf'<option value="(\w+)"[^>]*>{NAMES[THEO]}<', html)
        assert found, "nobody to compare with"
        return found[1]

    def stranger(self, token: str, view: View) -> Site:
        """Somebody without an account who has a link: they see gaps of the link's days only."""
        clipped = [gap.within(*view.span) for gap in gaps.drawn(self.site.gaps)]
        session = requests.Session()
        return Site(
            url=self.site.url,
            session=session,
            found=self.site.found,
            gaps=[gap for gap in clipped if gap.first <= gap.last],
            token=token,
        )

    def begin_day(self) -> None:
        """Let a midnight that is near pass, and look at the day that it is then."""
        now = datetime.now(self.zone)
        midnight = datetime.combine(now.date() + ONE_DAY, datetime.min.time(), tzinfo=self.zone)
        if (left := midnight.astimezone(UTC) - now) < LONGEST_TEST:
            time.sleep(left.total_seconds() + 1)
        self.today = datetime.now(self.zone).date()

    def compared(self) -> Comparison:
        """What was found since this was asked last."""
        assert datetime.now(self.zone).date() == self.today, "midnight passed: run it again"
        found, self.site.found = self.site.found, Comparison()
        return found


@contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    """Both have imported, and a build holds it all."""
    instance = Instance(folder=folder / "house")
    seed = int(os.environ.get("LIFETIME_SEED", random.randrange(10_000)))  # to repeat a run
    zone = ZoneInfo(os.environ.get("LIFETIME_ZONE", ZONES[seed % len(ZONES)]))
    today = datetime.now(zone).date()
    try:
        instance.start()
        _silence(instance)
        files = {
            who: _history(folder, who, seed=seed + number, today=today, zone=zone.key)
            for number, who in enumerate(NAMES)
        }
        sites = {who: _moved_in(instance, who, zone=zone.key) for who in files}
        lived_at = datetime.now(UTC)
        for who, path in files.items():
            _upload(sites[who], path)
        yield _counted(instance, sites, files, lived_at=lived_at, seed=seed, today=today, zone=zone)
    finally:
        instance.stop()


def _history(folder: Path, who: str, *, seed: int, today: date, zone: str) -> Path:
    life = Lifetime(count=ROWS[who], until=today, seed=seed, years=YEARS[who], zone=zone)
    return write(folder / f"{who}.zip", life.files())


def _silence(instance: Instance) -> None:
    """Nothing was played, liked or is playing."""
    body = json.dumps(SILENT)
    for endpoint in ("recently-played", "saved-tracks"):
        instance.control("fault", kind="custom", endpoint=endpoint, body=body)
    for endpoint in ("currently-playing", "player"):
        instance.control("fault", kind="no_content", endpoint=endpoint)


def _moved_in(instance: Instance, who: str, *, zone: str) -> Site:
    """Log in, say where they live, join the house."""
    session = requests.Session()
    session.cookies.set("sessionid", players.log_in(instance, who))
    session.get(f"{instance.url}/import/", timeout=PATIENCE_SECONDS)
    site = Site(url=instance.url, session=session, found=Comparison(), gaps=[])
    checks_of_sources.post(site, "/settings/zone/", {"timezone": zone})
    checks_of_sources.post(site, "/house/membership/", {"do": "join"})
    return site


def _upload(site: Site, path: Path) -> None:
    """Returns when the import is done."""
    with path.open("rb") as file:
        checks_of_sources.post(site, "/import/", {}, files={"files": (path.name, file)})
    [done] = _awaited(lambda: _settled(site))
    assert done["status"] == "done", done


def _settled(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get("/api/v1/imports").json()
    return [one for one in found if one["status"] in ("done", "failed")]


def _awaited(ask: Any, *, patience_seconds: float = 10 * PATIENCE_SECONDS) -> Any:
    deadline = time.monotonic() + patience_seconds
    while not (found := ask()) and time.monotonic() < deadline:
        time.sleep(1)
    assert found, f"not within {patience_seconds} s"
    return found


def _counted(
    instance: Instance,
    sites: dict[str, Site],
    files: dict[str, Path],
    *,
    lived_at: datetime,
    seed: int,
    today: date,
    zone: ZoneInfo,
) -> Installation:
    now = datetime.now(UTC)
    imports = {who: [identity.imported(read(path), now=now)] for who, path in files.items()}
    everything = heard.of(imports, zone=zone)
    checks_of_items.NAMES.update(NAMES)
    site = sites[MIRA]
    _awaited(lambda: all(_is_built(sites[who], imports[who], lived_at) for who in NAMES))
    fetched_at = checks_of_sources.fetched_at(site, zone)
    assert abs(fetched_at - now).total_seconds() < 3600
    site.gaps = gaps.gaps(imports[MIRA], fetched_at=fetched_at, zone=zone)
    return Installation(
        instance=instance,
        imports=imports,
        everything=everything,
        site=site,
        seed=seed,
        today=today,
        zone=zone,
        file=files[MIRA].name,
    )


def _is_built(site: Site, imports: list[Import], lived_at: datetime) -> bool:
    """Whether the pages know rows up to the last of the import; how many, they have to show.

    A build knows the zones that there were when it began, which its id says, and what landed until
    it read the lake: who moved in between, its days are those of UTC (dbt's silver_zones).
    """
    page = site.get("/").text
    began = re.search(r'data-build="(\w+Z)-', page)
    if not began or began[1] <= f"{lived_at:%Y%m%dT%H%M%SZ}":
        return False
    path = "/api/v1/stats/overview?podcasts=with"
    answer = site.session.get(f"{site.url}{path}", timeout=PATIENCE_SECONDS)
    built = answer.json().get("totals", {}).get("begun", 0) if answer.ok else 0
    return bool(built) and built >= 0.99 * sum(len(one.listens) for one in imports)


def read(path: Path) -> dict[str, list[Any]]:
    """The files of an export, the oldest first, as anybody would unpack them."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json")]
        return {name.split("/")[-1]: json.loads(archive.read(name)) for name in names}
