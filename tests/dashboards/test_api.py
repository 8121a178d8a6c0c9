"""The API says what the pages say, to the same people."""

from collections import Counter

import pytest
from django.test import Client
from django.utils import timezone

from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import Listener
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of, time_of

PATHS = [
    "overview",
    "over-time",
    "discovery",
    "devices",
    "clock",
    "recent",
    "top/tracks",
    "top/artists",
    "top/albums",
    "artist?name=Artist+3",
    "artist/ranks?name=Artist+3",
    "habits",
    "year/2026",
    "reasons/reason_end",
    "search?q=a",
    "house",
    "compare",
    "podcasts",
    "coverage",
    "rules",
    "links",
    "scope",
]


def test_the_numbers_of_the_pages(someone: Listener, all_heard: list[CountedListen]) -> None:
    browser = browser_of(someone)
    plays = listens_of(all_heard, someone.user_id)
    answer = browser.get("/api/v1/stats/overview").json()
    assert answer["totals"]["plays"] == len(plays)
    assert answer["totals"]["heard_ms"] == time_of(all_heard, someone.user_id)
    rows = browser.get("/api/v1/stats/over-time?step=day").json()["rows"]
    assert sum(row["plays"] for row in rows) == len(plays)
    hours = browser.get("/api/v1/stats/clock").json()["hours"]
    assert sum(hour["plays"] for hour in hours) == len(plays)
    tracks = browser.get("/api/v1/stats/top/tracks").json()
    assert tracks["count"] == shown(someone, "/")["unique"].tracks


def test_filters_are_those_of_the_pages(kavya: Listener) -> None:
    query = "?from=2026-03-01&to=2026-06-30&device=Computer&skips=1&min_ms=1000"
    page = shown(kavya, f"/{query}")["totals"]
    answer = browser_of(kavya).get(f"/api/v1/stats/overview{query}").json()["totals"]
    assert (answer["plays"], answer["heard_ms"]) == (page.plays, page.heard_ms)


@pytest.mark.parametrize("path", PATHS)
def test_charlie_sees_nothing(charlie: Listener, path: str) -> None:
    assert browser_of(charlie).get(f"/api/v1/stats/{path}").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_strangers_are_refused(db: None, path: str) -> None:
    assert Client().get(f"/api/v1/stats/{path}").status_code == 401


def test_a_token_needs_the_scope(kavya: Listener) -> None:
    now = timezone.now()
    reads = api_tokens.create(kavya, name="r", scopes=["read:stats"], now=now)
    other = api_tokens.create(kavya, name="o", scopes=["write:feedback"], now=now)
    for token, status in ((reads, 200), (other, 403), ("swt_guessed", 401)):
        headers = {"authorization": f"Bearer {token}"}
        assert Client().get("/api/v1/stats/clock", headers=headers).status_code == status


def test_the_smaller_pages(kavya: Listener, all_heard: list[CountedListen]) -> None:
    browser = browser_of(kavya)
    browser.post("/house/membership/", {"do": "join"})
    answers = {path: browser.get(f"/api/v1/stats/{path}").json() for path in PATHS}
    plays = listens_of(all_heard, "kavya")
    assert sum(row["plays"] for row in answers["reasons/reason_end"]["rows"]) == len(plays)
    assert answers["house"]["leaderboard"][0]["plays"] == len(plays)
    assert answers["coverage"]["gaps"] == []
    assert answers["search?q=a"]["artists"]
    in_2026 = [one for one in plays if one.local_at.year == 2026]
    assert answers["year/2026"]["totals"]["plays"] == len(in_2026)


def test_what_is_not_there(kavya: Listener) -> None:
    for path in ("top/cheeses", "tracks/x", "artist?name=Nobody", "year/1999"):
        assert browser_of(kavya).get(f"/api/v1/stats/{path}").status_code == 404


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("stats/overview?from=2026-13-40", "from: Date has wrong format."),
        ("stats/clock?to=yesterday", "to: Date has wrong format."),
        ("stats/overview?from=1066-10-14", "from: Ensure this value is greater than or equal to"),
        ("stats/habits?range=fortnight", "range: Use one of: all, 7d, 30d,"),
        ("stats/top/tracks?podcasts=yes", "podcasts: Use one of: with, only."),
        ("stats/top/tracks?page=0", "page: Ensure this value is greater than or equal to 1."),
        ("stats/top/tracks?by=name", "by: Use one of: plays, time."),
        ("stats/over-time?step=year", "step: Use one of: day, week, month."),
        ("stats/recent?limit=many", "limit: A valid integer is required."),
        ("stats/compare?a_from=May", "a_from: Date has wrong format."),
        ("stats/album?artist=Artist+3", "name: This field is required."),
        ("history?at=noon", "at: Time has wrong format."),
        ("merged?page=abc", "page: A valid integer is required."),
        ("separations?page=2001", "page: Ensure this value is less than or equal to 2000."),
    ],
)
def test_an_invalid_parameter_is_refused(kavya: Listener, query: str, detail: str) -> None:
    """A page leaves it out; a script would take all time for the period it asked for."""
    answer = browser_of(kavya).get(f"/api/v1/{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        ("stats/overview?from=2026-3-1", "stats/overview?from=2026-03-01"),
        ("stats/overview?min_ms=60000.0", "stats/overview?min_ms=60000"),
        ("stats/top/tracks?page=2.0", "stats/top/tracks?page=2"),
        ("stats/recent?limit=3.0", "stats/recent?limit=3"),
        ("history?limit=3.0&on=2026-6-1&at=7:05", "history?limit=3&on=2026-06-01&at=07:05"),
    ],
)
def test_what_is_valid_counts_however_it_is_written(
    kavya: Listener, query: str, plain: str
) -> None:
    browser = browser_of(kavya)
    answer, same = (browser.get(f"/api/v1/{each}") for each in (query, plain))
    assert answer.status_code == 200
    assert answer.json() == same.json()


@pytest.mark.parametrize(
    "query", ["range=2025", "range=", "from=&to=", "min_ms=0&skips=0", "podcasts=&rules=1", "x=y"]
)
def test_what_a_form_sends_is_a_valid_query(kavya: Listener, query: str) -> None:
    assert browser_of(kavya).get(f"/api/v1/stats/overview?{query}").status_code == 200


def test_the_documentation_is_served_from_here(kavya: Listener) -> None:
    response = browser_of(kavya).get("/api/docs/")
    assert response.status_code == 200
    assert b"//cdn" not in response.content
    assert b"<h1>API documentation</h1>" in response.content  # in the frame of all pages
    assert b"unsafe-inline" not in response["Content-Security-Policy"].encode()
    assert browser_of(kavya).get("/api/schema/").status_code == 200


def test_the_documentation_lists_every_endpoint_with_its_parameters(kavya: Listener) -> None:
    browser = browser_of(kavya)
    response = browser.get("/api/docs/")
    schema = browser.get("/api/schema/", headers={"accept": "application/json"}).json()
    listed = {
        (endpoint.path, endpoint.method.lower()): endpoint
        for _, group in response.context["groups"]
        for endpoint in group
    }
    assert [*listed] and listed.keys() == {
        (path, method) for path, methods in schema["paths"].items() for method in methods
    }
    filters = {field.name for field in response.context["filters"]}
    for (path, method), endpoint in listed.items():
        parameters = schema["paths"][path][method].get("parameters", [])
        names = {field.name for field in endpoint.parameters} | (
            filters if endpoint.has_filters else set()
        )
        assert {parameter["name"] for parameter in parameters} <= names, path
        assert endpoint.summary, path
    assert [field.name for field in listed["/api/v1/stats/habits", "get"].fields][:4] == [
        "hours",
        "hour",
        "plays",
        "heard_ms",
    ]
    links = [endpoint.link for endpoint in listed.values() if endpoint.link]
    assert {browser.get(link).status_code for link in links[:5]} == {200}


def test_each_operation_of_the_documentation_has_words_of_its_own(kavya: Listener) -> None:
    schema = browser_of(kavya).get("/api/schema/?format=json").json()
    operations = [each for methods in schema["paths"].values() for each in methods.values()]
    summaries = Counter(each["summary"] for each in operations)
    assert summaries.most_common(1)[0][1] == 1
    assert {"read:stats", "write:feedback"} <= {
        each["description"].rpartition("permission ")[2].rstrip(".") for each in operations
    }
