"""Hostile and odd uploads: what is certain comes in, the rest gets a reason, nothing else ends."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import orjson
import pytest
from hypothesis import given, settings

from bench.harness.history_export import row
from ingestion.history_import import json_rows, parser_client
from ingestion.history_import.errors import ImportRefused
from ingestion.history_import.json_rows import CutOff, Splitter, Unreadable
from ingestion.history_import.parser_client import MessageReader, ParserEnded
from ingestion.history_import.parser_process import OUT_OF_MEMORY, UploadParser
from tests.data import hostile
from tests.ingestion.history_import.conftest import Appended, Import

Loose = Callable[[str, Any], Path]


@pytest.mark.parametrize("case", hostile.cases(), ids=lambda case: case.name)
def test_what_is_certain_comes_in_and_the_rest_has_a_reason(
    case: hostile.Case, run: Import, loose: Loose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zipfile.MAX_EXTRACT_VERSION", 255)  # as in the process of its own
    path = loose(case.file, case.content)
    if case.plays is None:
        with pytest.raises(ImportRefused) as refusal:
            run(path)
        assert len(str(refusal.value)) > 40
        return
    report = run(path)
    outcomes = report.tally.outcomes()
    assert outcomes["plays"] == case.plays, report.tally.reasons
    assert sum(outcomes.values()) == report.tally.rows


def test_a_value_is_read_whatever_it_is_written_as(
    run: Import, loose: Loose, appended: Appended
) -> None:
    odd = {"ms_played": "200000.0", "offline_timestamp": "1748610000", "skipped": "true"}
    run(loose("endsong_0.json", [row(**odd, reason_end="endplay")]))
    [event] = appended()
    assert (event["ms_played"], event["skipped"]) == (200_000, True)
    assert event["started_at"] == "2025-05-30T13:00:00.000Z"


@given(
    st.binary(max_size=300) | st.lists(st.sampled_from(hostile.PIECES), max_size=30).map(b"".join)
)
@settings(max_examples=300)
def test_any_text_is_split_to_its_end_into_rows_that_can_be_written_again(text: bytes) -> None:
    try:
        for found in Splitter(Dripping(text, 7).read):
            value = found if isinstance(found, Unreadable) else json_rows.parse(found)
            orjson.dumps(None if isinstance(value, Unreadable) else value)
    except CutOff:
        pass


class Dripping(io.BytesIO):
    """Gives no more than so many bytes at once."""

    def __init__(self, text: bytes, size: int) -> None:
        super().__init__(text)
        self.size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.size)


def test_chunks_may_end_anywhere() -> None:
    rows = [row(), row(episode_name='"]},{[\\"'), {"a": {"b": [1, {"c": None}]}}, row()]
    for text in (orjson.dumps(rows), orjson.dumps(rows, option=orjson.OPT_INDENT_2)):
        for size in (1, 2, 3, 5, 11):
            found = list(Splitter(Dripping(text, size).read))
            assert [json_rows.parse(row) for row in found] == rows  # type: ignore[arg-type]


class Ending:
    """A parser whose process ends at some files."""

    def __init__(self, *names: str) -> None:
        self.names, self.starts = names, 0

    def __call__(self, request: Any) -> Any:
        self.starts += 1
        messages: list[Any] = []
        UploadParser(send=messages.append).run(request)
        paths = request["paths"]
        for message in messages:
            yield orjson.loads(orjson.dumps(message))
            place = message.get("open", "").partition("/")[0]
            if place and Path(paths[int(place)]).name in self.names:
                raise ParserEnded("", parser_client.ENDS[OUT_OF_MEMORY])


def test_a_file_that_ended_its_process_twice_is_left_out_and_costs_no_other(
    run: Import, loose: Loose, appended: Appended
) -> None:
    paths = [loose(f"endsong_{n}.json", [row(ts=f"2025-05-30T14:14:0{n}Z")]) for n in range(4)]
    ending = Ending("endsong_1.json", "endsong_3.json")
    report = run(*paths, parse=ending)
    assert ending.starts == 5
    assert [file.name for file in report.rejected] == ["endsong_1.json", "endsong_3.json"]
    left_out, why, hint = map(str, report.rejected[0].reason)
    assert left_out == "endsong_1.json was left out."
    assert "needs more memory" in why
    assert "Upload the zip" in hint
    assert report.tally.outcomes()["plays"] == len(appended()) == 2
    with pytest.raises(ImportRefused, match=r"endsong_1\.json was left out"):
        run(paths[1], parse=ending)


def test_an_upload_that_ends_its_process_again_and_again_is_refused(
    run: Import, loose: Loose
) -> None:
    names = [f"endsong_{n}.json" for n in range(9)]
    ending = Ending(*names)
    with pytest.raises(ImportRefused, match="Too many parts"):
        run(*[loose(name, [row()]) for name in names], parse=ending)
    assert ending.starts == 6


def test_the_process_is_confined_in_memory(tmp_path: Path) -> None:
    """LZMA may ask for 4 GB."""
    greedy = bytearray(hostile.packed({hostile.NAME: hostile.GOOD}, method=14))
    start = 30 + len(hostile.NAME) + 4
    greedy[start + 1 : start + 5] = b"\xf0\xff\xff\xff"
    path = tmp_path / "greedy.zip"
    path.write_bytes(greedy)
    reader = MessageReader(on_total=lambda _: None, on_bytes=lambda _: None)
    with (
        pytest.raises((ParserEnded, ImportRefused), match=r"more memory|damaged"),
        parser_client.open_upload(
            [path],
            max_bytes=10**9,
            excluded={},
            reader=reader,
            parse=parser_client.parse_in_process,
        ),
    ):
        pass
    assert reader.location == "0/0"


@pytest.mark.parametrize(
    "does",
    [
        "parser.CPU_SECONDS = 1; parser.confine()\nwhile time.process_time() < 9: pass",
        "parser.SILENT_SECONDS = 1; parser.confine(); parser.send({}); time.sleep(9)",
    ],
    ids=["busy", "silent"],
)
def test_a_process_that_takes_too_long_is_ended(does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"import time\nfrom ingestion.history_import import parser_process as parser\n{does}"
    monkeypatch.setattr(parser_client, "COMMAND", [sys.executable, "-c", code])
    with pytest.raises(ParserEnded, match="more time than"):
        list(parser_client.parse_in_process({}))


def test_the_process_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not {name for name in parser_client.ENVIRONMENT if "KEY" in name or "URL" in name}
    monkeypatch.setenv("SECRET_KEY", "of the web")
    code = "import json, os; print(json.dumps({'end': list(os.environ)}))"
    monkeypatch.setattr(parser_client, "COMMAND", [sys.executable, "-c", code])
    [message] = parser_client.parse_in_process({})
    assert {*message["end"]} <= {*parser_client.ENVIRONMENT, "LC_ALL"}
