"""Uploads that nobody sends by accident, or that somebody did: each with what is certain of it.

`cases` are named and fixed, `mutations` follow from a seed.
"""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from bench.harness.history_export import row

NAME = "Streaming_History_Audio_2025_1.json"
GOOD = orjson.dumps([row()])
ROW = orjson.dumps(row(ts="2025-05-30T15:00:00Z"))
LATER = orjson.dumps(row(ts="2025-05-30T16:00:00Z"))
NESTED = b"[" * 20_000
DIGITS = b"7" * 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`rows` is how many good plays must come in; None where the answer is a refusal."""

    name: str
    content: bytes
    plays: int | None
    file: str = NAME


def texts() -> Iterator[Case]:
    """JSON texts under the right name, as a file of their own."""

    def case(name: str, content: bytes, plays: int | None) -> Case:
        return Case(name=name, content=content, plays=plays)

    def between(bad: bytes) -> bytes:
        return b"[" + ROW + b"," + bad + b"," + LATER + b"]"

    def with_(**changes: object) -> bytes:
        return orjson.dumps(row(**changes))

    yield case("20,000 brackets", NESTED, None)
    yield case("20,000 closed brackets", NESTED + b"]" * 20_000, None)
    yield case("5,000 digits alone", DIGITS, None)
    yield case("nothing but quotation marks", b'"' * 10_000, None)
    yield case("zeros", b"\0" * 10_000, None)
    yield case("a deep row", between(b'{"a":' + NESTED + b"]" * 20_000 + b"}"), 2)
    yield case("a deep object", between(b'{"a":' * 3_000 + b"1" + b"}" * 3_000), 2)
    yield case("a deep row left open", between(b'{"a":' + NESTED), 2)
    yield case("a long integer", between(b'{"ts":"x","ms_played":' + DIGITS + b"}"), 2)
    yield case("a long float", between(b'{"ms_played":' + DIGITS + b".5e" + DIGITS + b"}"), 2)
    yield case(
        "a long number elsewhere",
        between(
            ROW.replace(b'"offline_timestamp":null', b'"offline_timestamp":' + DIGITS).replace(
                b"T15", b"T17"
            )
        ),
        3,
    )
    yield case("an infinite length", between(ROW.replace(b"200000", b"1e99999999999999999999")), 2)
    yield case("not a number", between(ROW.replace(b"200000", b"NaN")), 2)
    yield case("year 1", between(with_(ts="0001-01-01T00:00:00+14:00")), 2)
    yield case("year 9999", between(with_(ts="9999-12-31T23:59:59-14:00")), 2)
    yield case(
        "a huge device start", between(with_(ts="2025-05-30T17:00:00Z", offline_timestamp=2**62)), 3
    )
    yield case(
        "a whole float", between(ROW.replace(b"200000", b"200000.0").replace(b"T15", b"T17")), 3
    )
    yield case(
        "numbers as text",
        between(
            with_(
                ts="2025-05-30T17:00:00Z",
                ms_played="200000",
                offline_timestamp="1748624240.0",
                shuffle="true",
            )
        ),
        3,
    )
    yield case(
        "half a character",
        between(ROW.replace(b"Paper Lanterns", b"\\ud800").replace(b"T15", b"T17")),
        3,
    )
    yield case(
        "broken UTF-8",
        between(ROW.replace(b"Paper Lanterns", b"\xff\xfe").replace(b"T15", b"T17")),
        3,
    )
    yield case(
        "NUL in a title",
        between(ROW.replace(b"Paper Lanterns", b"\\u0000").replace(b"T15", b"T17")),
        3,
    )
    yield case(
        "a tab in a title",
        between(ROW.replace(b"Paper Lanterns", b"a\tb").replace(b"T15", b"T17")),
        3,
    )
    yield case("no quotation mark", between(b'{"ts": "x, "ms_played": 5}'), 2)
    yield case("no bracket", between(b'{"ts": "x", "ms_played": 5'), 2)
    yield case("wrong bracket", between(b'{"ts": [}'), 2)
    yield case("no JSON", between(b"{what}"), 2)
    yield case("no value", between(b'{"ts":, "ms_played": 5}'), 2)
    yield case("a comma too many", b"[" + ROW + b",,," + LATER + b",]", 2)
    yield case("a bracket too many", b"[" + ROW + b"]]]", 1)
    yield case("no objects", between(b'null,5,"x",[1,[2]],true'), 2)
    yield case("a row of a megabyte", between(b'{"a":"' + b"x" * 1_000_000 + b'"}'), 2)
    yield case("a row per line", ROW + b"\n" + LATER + b"\n", 2)
    yield case("two lists", b"[" + ROW + b"]\n[" + LATER + b"]", 2)
    yield case("lists in a list", b"[[" + ROW + b"],[" + LATER + b"]]", 2)
    yield case("a byte order mark", b"\xef\xbb\xbf" + GOOD, 1)
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"):
        yield case(encoding, GOOD.decode().encode(encoding), 1)
    yield case("half a UTF-16", GOOD.decode().encode("utf-16")[:-3], None)
    yield case("cut in its second row", b"[" + ROW + b"," + LATER[:-9], 1)
    yield case("cut in its list", b"[" + ROW, 1)
    yield case("cut in its first row", GOOD[:50], None)
    yield case("many keys", between(orjson.dumps({f"k{n}": "v" * 900 for n in range(200)})), 2)
    yield case("one key a thousand times", between(b'{"ts":"x"' + b',"ts":"y"' * 1_000 + b"}"), 2)


def packed(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _patched(data: bytes, *, directory: Callable[[bytearray, int], None]) -> bytes:
    """With the first entry of the table of contents changed."""
    patched = bytearray(data)
    directory(patched, patched.index(b"PK\x01\x02"))
    return bytes(patched)


def of_version_99(data: bytes) -> bytes:
    """The same zip, whose first file asks for a later version than there is."""

    def change(data: bytearray, start: int) -> None:
        data[start + 6] = 99

    return _patched(data, directory=change)


def zips() -> Iterator[Case]:
    """Zips in which the first file is hostile and the second is good."""
    second = {"Streaming_History_Audio_2025_2.json": b"[" + LATER + b"]"}
    both = packed({NAME: GOOD, **second})

    def case(name: str, content: bytes, plays: int | None = 1) -> Case:
        return Case(name=name, content=content, plays=plays, file="my_spotify_data.zip")

    def byte(place: int, value: int) -> Callable[[bytearray, int], None]:
        def change(data: bytearray, start: int) -> None:
            data[start + place] |= value

        return change

    def size(data: bytearray, start: int) -> None:
        struct.pack_into("<I", data, start + 24, 20)

    yield case("version 99", of_version_99(both))
    yield case("encrypted", _patched(both, directory=byte(8, 0x1)))
    yield case("flag bit 5", _patched(both, directory=byte(8, 0x20)))
    yield case("strongly encrypted", _patched(both, directory=byte(8, 0x40)))
    yield case("unknown method", _patched(both, directory=byte(10, 99)))
    yield case("a size that is not so", _patched(both, directory=size))
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        whole = packed({NAME: GOOD * 50, **second}, method=method)
        yield case(f"method {method}", whole, 2)
        start = 30 + len(NAME)
        for place in (start + 5, start + 9, start + 60):
            damaged = bytearray(whole)
            damaged[place : place + 8] = b"\xff" * 8
            yield case(f"damaged method {method} at {place}", bytes(damaged))
    yield case("²", packed({"Streaming_History_Audio_1²2.json": GOOD, **second}), 2)
    yield case("٣", packed({"Streaming_History_Audio_2025_٣.json": GOOD, **second}), 2)
    digits = DIGITS.decode()
    yield case(
        "5,000 digits", packed({f"Streaming_History_Audio_{digits}.json": GOOD, **second}), 2
    )
    yield case("control characters", packed({"endsong_\x1b[2J\n\u202e.json": GOOD, **second}), 2)
    yield case(
        "no name", packed({NAME: GOOD, **second}).replace(NAME.encode(), b"\0" + NAME[1:].encode())
    )
    yield case("a bomb", packed({NAME: b"[" + b" " * 20_000_000 + b"]", **second}))
    yield case("hostile beside good", packed({NAME: NESTED, **second}))
    yield case("a zip in a zip", packed({"inner.zip": both}), None)
    yield case("a zip in a zip, and a file", packed({"inner.zip": both, **second}))
    yield case("one name twice", _twice(GOOD, b"[" + LATER + b"]"), 2)
    yield case("zip64", _zip64({NAME: GOOD, **second}), 2)
    yield case("cut", both[:-30], None)
    yield case("only its end", b"PK" + both[-22:], None)
    yield case("something before it", b"PK junk" + both, 2)


def _twice(first: bytes, second: bytes) -> bytes:
    data = packed({NAME: first, NAME.replace("_1.", "_2."): second})
    return data.replace(NAME.replace("_1.", "_2.").encode(), NAME.encode())


def _zip64(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    return file.getvalue()


def cases() -> list[Case]:
    """All that have names."""
    return [*texts(), *zips()]


PIECES = (
    *(b"[", b"]", b"{", b"}", b'"', b",", b":", b"\\", b"\\u", b"\\ud800", b"\0", b"\xff", b"\n"),
    *(b"NaN", b"1e9999", b"-", b"9" * 500, b"[" * 300, b'{"a":' * 300, b"PK\x03\x04", b"null"),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff\0",
        b"\xc2\xb2",
        b" " * 5_000,
        b'"' * 99,
        ROW,
        LATER,
    ),
)


def mutations(count: int, *, seed: int) -> Iterator[Case]:
    """Named cases and good files, with bytes changed, moved, doubled, lost and put in between."""
    chance = random.Random(seed)
    seeds = [*cases(), Case(name="good", content=b"[" + ROW + b",\n" + LATER + b"]", plays=2)]
    seeds = [case for case in seeds if len(case.content) < 200_000]
    for number in range(count):
        case = chance.choice(seeds)
        data = bytearray(case.content)
        for _ in range(chance.randint(1, 6)):
            _mutate(data, chance)
        name = f"{number} of {case.name}"
        yield Case(name=name, content=bytes(data), plays=None, file=case.file)


def _mutate(data: bytearray, chance: random.Random) -> None:
    at, length = chance.randint(0, len(data)), chance.choice((1, 1, 2, 8, 100))
    kind = chance.randint(0, 4)
    if kind == 0:
        data[at : at + length] = chance.randbytes(length)
    elif kind == 1:
        del data[at : at + length]
    elif kind == 2:
        data[at:at] = chance.choice(PIECES)
    elif kind == 3:
        data[at:at] = data[chance.randint(0, len(data)) :][:length]
    elif data:
        data[min(at, len(data) - 1)] ^= 1 << chance.randint(0, 7)
