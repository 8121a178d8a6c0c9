"""What is delivered twice, out of order or spoilt: each record lands once or is set aside."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.pipeline.sink import drain_topic
from spotifyweb import clients, lake
from spotifyweb.lake import LocalLake
from tests.faults.draining import LIMITS, NOW, ids, plays, rejected, sink
from tests.support.lake_rows import append_events, event_ids

pytestmark = pytest.mark.faults


@pytest.mark.django_db
def test_duplicated_and_reordered_delivery_adds_no_event(tmp_path: Path) -> None:
    store, chance = LocalLake(tmp_path), random.Random(7)
    played = plays(1000)
    delivered = played + chance.sample(played, 300)
    chance.shuffle(delivered)
    append_events(delivered)
    assert sink(store, clients.event_log()).records == 1300
    landed = event_ids(store, "plays")
    assert len(landed) == 1300 and sorted(set(landed)) == ids(played)


def _cut(value: bytes, chance: random.Random) -> bytes:
    return value[: chance.randrange(len(value))]


def _flip(value: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(value))
    return value[:place] + bytes([chance.randrange(256)]) + value[place + 1 :]


def _insert(value: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(value))
    odd = [b"null", b"\n", b"{", b"}", b'"', b"\x00", b"\xff", b"[", b",", b"\\u0000", b"}\n{"]
    return value[:place] + chance.choice(odd) + value[place:]


def _retype(value: bytes, chance: random.Random) -> bytes:
    row = orjson.loads(value)
    odd: list[object] = [None, 0, -1, 1.5, True, "", "x", [], {}, [None], 2**63 - 1]
    return orjson.dumps(row | {chance.choice(sorted(row)): chance.choice(odd)})


def _bare(_: bytes, chance: random.Random) -> bytes:
    return chance.choice([b"", b"null", b"{}", b"[]", b"0", b'""', b"{}{}", b"{} null", b"\n"])


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [_cut, _flip, _insert, _retype, _bare]


@pytest.mark.slow
@pytest.mark.django_db
def test_ten_thousand_fuzzed_records_are_landed_or_set_aside(tmp_path: Path) -> None:
    chance, store, log = random.Random(11), LocalLake(tmp_path), clients.event_log()
    played = plays(10_000)
    chance.shuffle(played)
    good, spoilt = played[:5000], played[5000:]
    fuzzed = [chance.choice(MUTATIONS)(orjson.dumps(one.to_json()), chance) for one in spoilt]
    records = [("alice", value) for value in fuzzed]
    records += [("alice", orjson.dumps(one.to_json())) for one in good]
    chance.shuffle(records)
    log.append("user_plays", records)
    patient = replace(LIMITS, max_records=4000, max_reject_share=1.0)
    result = drain_topic("user_plays", log=log, store=store, limits=patient, now=NOW)
    landed = event_ids(store, "plays")
    assert result.records == 10_000 == len(landed) + result.rejects
    assert set(ids(good)) <= set(landed) and result.rejects == len(rejected(store)) > 3000
    assert set(rejected(store)) <= set(fuzzed) and log.lag("user_plays") == 0


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(plays(1)[0].to_json())), inner, max_size=4)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(JSON.map(as_json) | st.binary(max_size=20), max_size=6))
def test_whatever_comes_a_good_record_among_it_lands(values: list[bytes]) -> None:
    good = orjson.dumps(plays(1)[0].to_json())
    decoded = lake.decode("user_plays", [*values, good])
    assert decoded.table["event_id"].to_pylist() == [plays(1)[0].event_id]
    assert [one.index for one in decoded.rejects] == list(range(len(values)))
