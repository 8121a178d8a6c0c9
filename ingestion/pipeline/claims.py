"""Claims: the end of a batch, fixed in Redis before it is written.

An object is named by its first record. A sink that was paused for minutes and resumes after
another one took over would overwrite that object with the fewer records it had read. So the end of
each batch is claimed first, atomically with a check of the lock: another sink that writes that
object again writes the same records.

A claim may outlive its batch: a sink killed after its commit, a first record that was erased, or
removed by Kafka. So whoever commits releases all claims up to there.
"""

from bisect import bisect_right
from typing import cast

from spotifyweb import clients
from spotifyweb.eventlog import Batch
from spotifyweb.locks import Lock, LockLost, key

CLAIM_SCRIPT = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return false end
redis.call('hsetnx', KEYS[2], ARGV[2], ARGV[3])
return redis.call('hget', KEYS[2], ARGV[2])
"""
RELEASE_SCRIPT = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('hdel', KEYS[2], unpack(ARGV, 2))
"""


def claim_batch(lock: Lock, batch: Batch) -> Batch:
    """Return the batch, cut to what was claimed for it before.

    Raises locks.LockLost where another run holds the lock.
    """
    script = [
        key(lock.name),
        _claims_key(batch.topic),
        str(lock.token),
        _claim_field(batch.partition, batch.offsets[0]),
        batch.offsets[-1],
    ]
    answer = lock.client.eval(CLAIM_SCRIPT, 2, *script)
    if not isinstance(answer, bytes):
        raise LockLost(f"{lock.name} was taken over while this run was paused")
    count = bisect_right(batch.offsets, answer.decode())
    return batch.head(count) if count < len(batch) else batch


def release_claims(lock: Lock, topic: str, partition: int, *, through: str = "") -> None:
    """Delete a partition's claims whose first record nobody reads again.

    `through` is the first offset of a committed batch; without it nothing waits, and all go.
    Those of a partition that another run holds by now stay.
    """
    old = [
        _claim_field(number, first)
        for number, first in claimed_positions(topic)
        if number == partition and (not through or first <= through)
    ]
    if old:
        lock.client.eval(RELEASE_SCRIPT, 2, key(lock.name), _claims_key(topic), lock.token, *old)


def claimed_positions(topic: str) -> set[tuple[int, str]]:
    """Return partition and first offset of each batch that was claimed and not committed."""
    found = cast("list[bytes]", clients.redis_client().hkeys(_claims_key(topic)))
    fields = (field.decode().partition("/") for field in found)
    return {(int(partition), first) for partition, _, first in fields}


def _claims_key(topic: str) -> str:
    return f"claims:{topic}"


def _claim_field(partition: int, first_offset: str) -> str:
    return f"{partition}/{first_offset}"
