"""Which records a batch holds is decided once, by the holder of the lock, before it is written.

An object is named by its first record. A sink that was paused for minutes and wakes up after
another one took over would overwrite that object with the fewer records it had seen. So the end of
each batch is written down first, atomically with a look at the lock: whoever writes that object
again writes the same records.
"""

from bisect import bisect_right

from spotifyweb.eventlog import Batch
from spotifyweb.locks import Lock, LockLost, key

CLAIM = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return false end
redis.call('hsetnx', KEYS[2], ARGV[2], ARGV[3])
return redis.call('hget', KEYS[2], ARGV[2])
"""


def claimed(lock: Lock, batch: Batch) -> Batch:
    """The batch, cut to what was decided for it before. Raises Lost when the lock is not ours."""
    script = [key(lock.name), _name(batch), str(lock.token), _field(batch), batch.offsets[-1]]
    answer = lock.client.eval(CLAIM, 2, *script)
    if not isinstance(answer, bytes):
        raise LockLost(f"{lock.name} was taken over while this run was paused")
    count = bisect_right(batch.offsets, answer.decode())
    return batch.head(count) if count < len(batch) else batch


def settled(lock: Lock, batch: Batch) -> None:
    """The batch is committed: nobody will read its first record again."""
    lock.client.hdel(_name(batch), _field(batch))


def _name(batch: Batch) -> str:
    return f"claims:{batch.topic}"


def _field(batch: Batch) -> str:
    return f"{batch.partition}/{batch.offsets[0]}"
