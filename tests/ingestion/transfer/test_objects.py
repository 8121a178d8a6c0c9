"""A lake copied to another: once, again, and after it was killed or changed."""

from pathlib import Path

import pytest

from ingestion.transfer import objects, steps
from spotifyweb.lake import LakeError, LocalLake

OBJECTS = {"bronze/plays/a.parquet": b"one", "ledgers/x": b"two", "uploads/import-1.0": b"long" * 9}


class Wire(LocalLake):
    """A lake that counts what is written, and breaks after so many."""

    written = 0
    breaks_after = 99

    def put(self, key: str, data: bytes) -> None:
        if self.written >= self.breaks_after:
            raise LakeError("the wire was cut")
        self.written += 1
        super().put(key, data)


@pytest.fixture(autouse=True)
def _small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload of 36 bytes passes through a file, as one of gigabytes does."""
    monkeypatch.setattr(objects, "IN_MEMORY_BYTES", 20)
    monkeypatch.setattr(objects, "AT_ONCE", 1)


@pytest.fixture
def source(tmp_path: Path) -> LocalLake:
    lake = LocalLake(tmp_path / "source")
    for key, data in OBJECTS.items():
        lake.put(key, data)
    lake.put(steps.KEY, b"of the move that brought it here")
    return lake


@pytest.fixture
def target(tmp_path: Path) -> Wire:
    return Wire(tmp_path / "target")


def mirror(source: LocalLake, target: LocalLake) -> objects.CopyReport:
    scratch = target.root.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    copied = objects.mirror(source, target, scratch=scratch)
    assert not list(scratch.iterdir())
    return copied


def held(lake: LocalLake) -> dict[str, bytes]:
    return {key: lake.get(key) for key in objects.list_keys(lake)}


def test_every_object_arrives_and_is_not_copied_again(source: LocalLake, target: Wire) -> None:
    first = mirror(source, target)
    assert (first.objects, first.copied, first.size) == (3, 3, 42)
    assert held(target) == OBJECTS
    assert steps.KEY not in list(target.keys())  # it says what this lake's own move has done
    assert mirror(source, target).copied == 0


def test_a_copy_that_was_cut_goes_on(source: LocalLake, target: Wire) -> None:
    target.breaks_after = 1
    with pytest.raises(LakeError, match="cut"):
        mirror(source, target)
    target.breaks_after = 99
    assert mirror(source, target).copied < 3
    assert held(target) == OBJECTS


@pytest.mark.parametrize("key", ["ledgers/x", "uploads/import-1.0"])
def test_an_object_with_other_bytes_of_the_same_size_is_replaced(
    key: str, source: LocalLake, target: Wire
) -> None:
    mirror(source, target)
    target.put(key, b"?" * len(OBJECTS[key]))
    assert mirror(source, target).copied == 1
    assert held(target) == OBJECTS


def test_what_the_source_has_no_more_is_deleted(source: LocalLake, target: Wire) -> None:
    """Erased, or compacted, between two runs."""
    mirror(source, target)
    source.delete("ledgers/x")
    target.put(steps.KEY, b"its own")
    target.put("holidays/beach.jpg", b"somebody's, in the same bucket")
    assert mirror(source, target).deleted == 1
    assert held(target).keys() == OBJECTS.keys() - {"ledgers/x"}
    assert target.get(steps.KEY) == b"its own"
    assert target.get("holidays/beach.jpg")
