"""Decode records into columns, a whole batch at once; a bad record fails alone, with its reason.

Two properties of Arrow's JSON reader shape this (both measured with 26.0): it takes what it gets as
one stream of values, so records are joined only where each is exactly one object on one line; and a
bare `null` in the first row ends the process, so none is ever handed to it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from operator import attrgetter

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from spotifyweb import events
from spotifyweb.lake.schemas import EVENT_SCHEMAS

UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
RECORDS_PER_PIECE = 4096  # records parsed at a time: what they need fits the processor's cache
FIELDS_NAMED = 5  # in the reason of a reject
MICROSECOND = pa.timestamp("us", tz="UTC")
EVENT_TYPES = {kind.topic: name for name, kind in events.TYPES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """The index of a record that makes no event, and the reason."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedBatch:
    """Decoded records: `table` has the topic's event schema, `indices` name each row's record."""

    table: pa.Table
    indices: pa.Array
    rejects: Sequence[Reject]

    def part(self, start: int, stop: int) -> "DecodedBatch":
        """Return what the records from `start` to before `stop` became, counted from `start`."""
        first, last = (
            bisect_left(self.indices, at, key=lambda index: index.as_py()) for at in (start, stop)
        )
        return DecodedBatch(
            table=self.table.slice(first, last - first),
            indices=pc.subtract(self.indices.slice(first, last - first), start),
            rejects=[
                replace(reject, index=reject.index - start)
                for reject in self.rejects
                if start <= reject.index < stop
            ],
        )


class Malformed(ValueError):
    """These bytes are not rows of the schema."""


Part = tuple[int, "pa.Table | Malformed"]  # place of the first record, and its table


def decode(topic: str, values: Sequence[bytes]) -> DecodedBatch:
    """Decode records: each becomes one row or one reject."""
    schema = EVENT_SCHEMAS[topic]
    tables: list[pa.Table] = [schema.empty_table()]
    kept: list[pa.Array] = [pa.array([], pa.int64())]
    rejects: list[Reject] = []
    for start, part in _pieces(values, schema):
        if isinstance(part, Malformed):
            rejects.append(Reject(index=start, reason=str(part)))
            continue
        tables.append(part)
        kept.append(pa.arange(start, start + part.num_rows))
    table, indices = pa.concat_tables(tables), pa.concat_arrays(kept)
    good, broken = _check_rules(table, topic)
    if broken:
        rejects += [Reject(index=indices[row].as_py(), reason=reason) for row, reason in broken]
        rejects.sort(key=attrgetter("index"))
        table, indices = table.filter(good), indices.filter(good)
    return DecodedBatch(table=table, indices=indices, rejects=rejects)


def concat(parts: Sequence[tuple[int, DecodedBatch]]) -> DecodedBatch:
    """Return what followed on each other as one; each part comes with its number of records."""
    starts = [0, *accumulate(count for count, _ in parts)]
    found = [(start, part) for start, (_, part) in zip(starts, parts, strict=False)]
    return DecodedBatch(
        table=pa.concat_tables(part.table for _, part in found),
        indices=pa.concat_arrays([pc.add(part.indices, start) for start, part in found]),
        rejects=[
            replace(reject, index=reject.index + start)
            for start, part in found
            for reject in part.rejects
        ],
    )


def _pieces(values: Sequence[bytes], schema: pa.Schema) -> Iterator["Part"]:
    for start in range(0, len(values), RECORDS_PER_PIECE):
        yield from _parts(values[start : start + RECORDS_PER_PIECE], start, schema)


def _parts(values: Sequence[bytes], start: int, schema: pa.Schema) -> Iterator["Part"]:
    """Yield tables of the longest halves that parse, and each record that does not."""
    if not values:
        return
    try:
        yield start, _parse(values, schema)
    except Malformed:
        if len(values) == 1:
            yield start, _parse_single(values[0], schema)
            return
        middle = len(values) // 2
        yield from _parts(values[:middle], start, schema)
        yield from _parts(values[middle:], start + middle, schema)


def _parse_single(value: bytes, schema: pa.Schema) -> "pa.Table | Malformed":
    """Parse a lone record with a more patient reader, whose errors can be understood."""
    try:
        return _parse([_one_line(value, schema)], schema)
    except Malformed as error:
        return error


def _one_line(value: bytes, schema: pa.Schema) -> bytes:
    """Return a record on one line. Raises Malformed where it is no object or has other fields."""
    try:
        row = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise Malformed(f"not an object but {type(row).__name__}")
    if unknown := sorted(row.keys() - set(schema.names)):
        raise Malformed(f"unknown fields: {', '.join(map(ascii, unknown[:FIELDS_NAMED]))}")
    return orjson.dumps(row)


def _parse(values: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    lines = b"\n".join(values)
    if not _is_one_object_per_line(values, lines):
        raise Malformed("not one object a line")
    try:
        table = pyarrow.json.read_json(
            pa.BufferReader(lines),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=_as_text(schema), unexpected_field_behavior="error"
            ),
        )
        table.validate(full=True)  # the reader lets broken UTF-8 through
        table = pa.table([_cast(table[field.name], field) for field in schema], schema=schema)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise Malformed(str(error).removeprefix("JSON parse error: ")) from error
    if table.num_rows != len(values):
        raise Malformed(f"{table.num_rows} values where one object was expected")
    return table


def _is_one_object_per_line(values: Sequence[bytes], lines: bytes) -> bool:
    """Return whether each line is one object, judged by its ends.

    Broken ones inside can only lead to an error of the reader.
    """
    records = pa.array(values, pa.binary())
    return (
        lines.count(b"\n") == len(values) - 1
        and pc.all(pc.starts_with(records, b"{")).as_py()
        and pc.all(pc.ends_with(records, b"}")).as_py()
    )


@cache
def _as_text(schema: pa.Schema) -> pa.Schema:
    """Return the schema with times as text: only the cast from text insists on a zone."""
    return pa.schema(
        [
            pa.field(field.name, pa.string() if pa.types.is_timestamp(field.type) else field.type)
            for field in schema
        ]
    )


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if not pa.types.is_timestamp(field.type):
        return column
    return pc.cast(pc.cast(column, MICROSECOND), field.type, safe=False)


def _check_rules(table: pa.Table, topic: str) -> tuple[pa.Array, list[tuple[int, str]]]:
    """Return which rows are events, and for each other row its index and the first broken rule."""
    good = pa.scalar(True)
    broken: dict[int, str] = {}
    for reason, holds in _rules(table, topic):
        if pc.all(holds, min_count=0).as_py():
            continue
        good = pc.and_(good, holds)
        for row in pc.indices_nonzero(pc.invert(holds)).to_pylist():
            broken.setdefault(row, reason)
    return good.combine_chunks() if broken else good, sorted(broken.items())


def _rules(table: pa.Table, topic: str) -> Iterator[tuple[str, pa.ChunkedArray]]:
    for field in table.schema:
        if not field.nullable:
            yield f"{field.name} is missing", pc.is_valid(table[field.name])
    yield "user_id is empty", _holds(pc.not_equal(table["user_id"], ""))
    yield "event_id is no UUID", _holds(pc.match_substring_regex(table["event_id"], UUID))
    kind = EVENT_TYPES[topic]
    yield f"event_type is not {kind!r}", _holds(pc.equal(table["event_type"], kind))


def _holds(mask: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(mask, False)
