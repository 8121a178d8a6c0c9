"""No title of a track becomes a formula of the spreadsheet that opens the CSV export."""

import csv
import io

import pytest

from spotifyweb.dashboards.export import formats

SIGNS = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
BLANKS = [
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\u00a0",
    "\u3000",
    " \n\t",
    "\ufeff",
    "\u200b",
    "\x00",
]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_after_any_blanks_is_escaped(sign: str) -> None:
    for title in (f"{blanks}{sign}HYPERLINK()" for blanks in BLANKS):
        assert cell(title) == f"'{title}"


@pytest.mark.parametrize("title", ["\ttab", "\rreturn", "\nbreak"])
def test_a_leading_control_character_is_escaped(title: str) -> None:
    assert cell(title) == f"'{title}"


@pytest.mark.parametrize("title", ["1=1", "A+B", "Ke$ha - Tik Tok", "¿Qué?", "'quoted'", " blank"])
def test_other_titles_stay_as_they_are(title: str) -> None:
    assert cell(title) == title


def cell(title: str) -> str:
    """The track's name as a reader of the file finds it."""
    row = dict.fromkeys(formats.COLUMNS, "") | {"track_name": title}
    written = b"".join(formats.as_csv(iter([[row]]))).decode()
    (read,) = csv.DictReader(io.StringIO(written, newline=""))
    return read["track_name"]
