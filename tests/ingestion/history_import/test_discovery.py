"""Which files are history, in which order; and what is said when none is, or none to be trusted."""

import struct
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.harness.history_export import row
from ingestion.history_import import archive
from ingestion.history_import.discovery import Discovery
from ingestion.history_import.errors import ImportRefused
from ingestion.history_import.shapes import Shape

Loose = Callable[[str, Any], Path]
ACCOUNT_ROW = {"endTime": "2021-02-05 20:29", "artistName": "A", "trackName": "T", "msPlayed": 5}
LIMIT = 64 * 1024**2


def found(*paths: Path, max_bytes: int = LIMIT) -> list[tuple[str, Shape]]:
    with ExitStack() as stack:
        histories = Discovery(max_bytes=max_bytes, stack=stack).history(paths)
        return [(history.member.name, history.shape) for history in histories]


def refused(*paths: Path, max_bytes: int = LIMIT) -> str:
    with pytest.raises(ImportRefused) as refusal:
        found(*paths, max_bytes=max_bytes)
    return str(refusal.value)


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_names_of_all_years_are_known_whatever_the_folder(tmp_path: Path, loose: Loose) -> None:
    rows = loose("rows.json", [row()]).read_bytes()
    names = [
        "MyData/endsong_10.json",
        "MyData/endsong_2.json",
        "Spotify Extended Streaming History/Streaming_History_Audio_2019-2020_10.json",
        "Spotify Extended Streaming History/Streaming_History_Audio_2018_9.json",
        "x/Streaming_History_Video_2018-2025.json",
        "endvideo.json",
        "__MACOSX/._endsong_2.json",
        "ReadMeFirst_ExtendedStreamingHistory.pdf",
    ]
    archive = zipped(tmp_path / "my_spotify_data.zip", dict.fromkeys(names, rows))
    assert [name for name, _ in found(archive)] == [
        "endsong_2.json",
        "endsong_10.json",
        "endvideo.json",
        "Streaming_History_Audio_2018_9.json",
        "Streaming_History_Audio_2019-2020_10.json",
        "Streaming_History_Video_2018-2025.json",
    ]


def test_the_content_decides_for_files_that_were_renamed(loose: Loose) -> None:
    paths = [
        loose("mine (1).json", [row()]),
        loose("Streaming_History_Audio_2020_1.json.txt", [row()]),
        loose("Streaming_History_Audio_2020_2", [row()]),
        loose("notes.txt", "nothing of a history"),
        loose("StreamingHistory_music_0.json", [ACCOUNT_ROW]),
        loose("Streaming_History_Audio_2021_3.json", [None, row()]),
        loose("Userdata.json", {"email": "…"}),
        loose("Playlist1.json", [{"name": "P"}]),
        loose("Streaming_History_Video_2020.json", []),
    ]
    assert dict(found(*paths)) == {
        "mine (1).json": Shape.EXTENDED,
        "Streaming_History_Audio_2020_1.json.txt": Shape.EXTENDED,
        "Streaming_History_Audio_2020_2": Shape.EXTENDED,
        "StreamingHistory_music_0.json": Shape.ACCOUNT,
        "Streaming_History_Audio_2021_3.json": Shape.EXTENDED,
        "Streaming_History_Video_2020.json": Shape.EXTENDED,
    }


def test_a_folder_is_searched_to_its_bottom(tmp_path: Path, loose: Loose) -> None:
    loose("endsong_0.json", [row()])
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "endsong_0.json").rename(tmp_path / "deep" / "er" / "endsong_0.json")
    assert found(tmp_path) == [("endsong_0.json", Shape.EXTENDED)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("ReadMe.pdf", b"%PDF-1.4 ...", "ReadMe.pdf is a PDF"),
        ("login.html", b"<!doctype html><html>", "login.html is a web page"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", "photo.jpg is a picture"),
        ("data.rar", b"Rar!\x1a\x07", "data.rar is a RAR archive"),
        ("nothing.json", b"", "nothing.json is an empty file"),
        ("noise.bin", b"\x00\x01\x02", "noise.bin is another kind of file"),
        ("Userdata.json", {"email": "…"}, "Userdata.json is JSON, but not listening history"),
        ("broken.zip", b"PK\x03\x04 and then nothing", "broken.zip is incomplete or not a zip"),
        ("endsong_0.json", {"a": 1}, "its rows are not plays"),
        ("endsong_0.json", [{"a": 1}], "its rows are not plays"),
        ("endsong_0.json", b'[{"ts": ', "endsong_0.json ends before its first play"),
    ],
)
def test_a_wrong_file_is_named_and_told_what_to_upload(
    loose: Loose, name: str, content: Any, said: str
) -> None:
    message = refused(loose(name, content))
    assert said in message
    assert "pload" in message


def test_a_zip_without_history_says_what_was_in_it(tmp_path: Path) -> None:
    photos = zipped(tmp_path / "photos.zip", {f"img/{n}.jpg": b"\xff\xd8" for n in range(9)})
    assert "there was 0.jpg, 1.jpg, 2.jpg and more" in refused(photos)
    assert "nothing at all" in refused(zipped(tmp_path / "empty.zip", {}))
    nested = zipped(tmp_path / "outer.zip", {"my_spotify_data.zip": photos.read_bytes()})
    assert "another zip inside" in refused(nested)
    assert "There is no file" in refused(tmp_path / "absent.zip")


def test_a_truncated_zip_is_refused(tmp_path: Path, loose: Loose) -> None:
    rows = loose("rows.json", [row()] * 50).read_bytes()
    whole = zipped(tmp_path / "whole.zip", {"endsong_0.json": rows}).read_bytes()
    for length in (4, 30, len(whole) // 2, len(whole) - 5):
        assert "incomplete or not a zip" in refused(loose("cut.zip", whole[:length]))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"endsong_0.json": b"[" + b" " * 40_000_000 + b"]"})
    assert "unpacks to more than 250 times its size" in refused(bomb)
    assert "the limit here is 0.0 GB" in refused(bomb, max_bytes=1_000_000)


def test_a_zip_that_lists_millions_of_files_is_refused_unread(tmp_path: Path) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 900_000_000, 0, 0)
    path = tmp_path / "listing.zip"
    path.write_bytes(b"PK\x03\x04" + end)
    assert "far more files" in refused(path)


def test_a_locked_zip_is_refused(tmp_path: Path, loose: Loose) -> None:
    rows = loose("rows.json", [row()]).read_bytes()
    data = bytearray(zipped(tmp_path / "locked.zip", {"endsong_0.json": rows}).read_bytes())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(header) + flags] |= archive.ENCRYPTED
    assert "protected by a password" in refused(loose("locked.zip", bytes(data)))


def test_a_path_that_climbs_out_writes_nothing(tmp_path: Path, loose: Loose) -> None:
    rows = loose("rows.json", [row()]).read_bytes()
    (tmp_path / "inner").mkdir()
    names = ("../../endsong_0.json", "/etc/endsong_1.json", "C:\\x\\..\\endsong_2.json")
    evil = zipped(tmp_path / "inner" / "evil.zip", dict.fromkeys(names, rows))
    before = sorted(tmp_path.rglob("*"))
    assert [name for name, _ in found(evil)] == [f"endsong_{n}.json" for n in range(3)]
    assert sorted(tmp_path.rglob("*")) == before
