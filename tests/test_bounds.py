"""What comes from outside is bounded before a parser sees it, and no number is taken on trust."""

import re
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import orjson
import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given

from spotifyweb import bounds
from spotifyweb.accounts.models import Listener

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
HARMFUL = {
    "20,000 brackets": b"[" * 20_000,
    "a deep object": b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
    "a deep end": b'{"verdict": "up", "event_ids": ' + b"[" * 3_000 + b"]" * 3_000 + b"}",
    "5,000 digits": b'{"days": ' + b"7" * 5_000 + b"}",
    "an infinite number": b'{"days": 1e99999}',
    "half a character": b'{"verdict": "\\ud800", "kind": "\\ud800", "event_ids": ["\\ud800"]}',
    "no UTF-8": b'{"verdict": "\xff"}',
    "NUL": b'{"verdict": "\\u0000", "kind": "\\u0000", "event_ids": ["\\u0000", "\\u0000"]}',
    "a list": b"[]",
    "text": b'"up"',
    "null": b"null",
    "not a number": b'{"days": NaN}',
    "nothing": b"",
}
ENDPOINTS = (
    "/api/v1/recommendations/4uLU6hMCjMI75M1A2tKUQC/feedback",
    "/api/v1/separations",
    "/api/v1/corrections",
    "/api/v1/erasures",
)


@given(JSON)
def test_what_is_meant_for_us_passes(value: Any) -> None:
    assert bounds.load_json(orjson.dumps(value)) == value


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
def test_brackets_and_digits_in_a_text_are_only_text(text: bytes) -> None:
    told = text.decode("latin-1")
    assert bounds.load_json(orjson.dumps({"told": [told], told: 1})) == {"told": [told], told: 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[" * 21, "nested more than 20"),
        (b'{"a":' * 10 + b"[" * 11, "nested more than 20"),
        (b"[" + b"1" * 41 + b"]", "more than 40 characters"),
        (b"[1." + b"1" * 41 + b"]", "more than 40 characters"),
    ],
)
def test_what_is_out_of_bounds_is_named(text: bytes, said: str) -> None:
    with pytest.raises(bounds.OutOfBounds, match=said):
        bounds.load_json(text)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("body", HARMFUL.values(), ids=HARMFUL)
def test_a_harmful_body_is_a_bad_request(alice: Listener, path: str, body: bytes) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()


@pytest.mark.parametrize("text", ["²", "٣", "1²", "", " ", "-", "--1", "1.0", "1e3", "9" * 5_000])
def test_what_is_no_number_is_none(text: str) -> None:
    assert bounds.parse_integer(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("007", 7), ("-12", -12), ("9" * 18, 10**18 - 1)]
)
def test_a_number_is_read(text: str, number: int) -> None:
    assert bounds.parse_integer(text) == number


def test_nobody_asks_a_text_whether_it_is_a_digit() -> None:
    """`"²".isdigit()` is true and `int("²")` fails; `isalnum` takes letters of every script."""
    trap = re.compile(r"\.(isdigit|isnumeric|isdecimal|isalnum)\(")
    found = [
        str(path)
        for folder in ("spotifyweb", "ingestion", "nowplaying", "recommendations")
        for path in Path(settings.BASE_DIR, folder).rglob("*.py")
        if trap.search(path.read_text())
    ]
    assert found == []
