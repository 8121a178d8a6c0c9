"""What a lake can do, whether it lies on disk or on S3."""

from collections.abc import Iterator
from typing import Protocol


class LakeError(Exception):
    """The lake did not do what was asked; `retry` says whether trying again can help."""

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message)
        self.retry = retry


class ObjectNotFound(LakeError):
    """There is no object with that key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the lake has no {key}", retry=False)


class Lake(Protocol):
    @property
    def url(self) -> str:
        """Where it lies: file:///… or s3://bucket/prefix, without a slash at the end."""

    def put(self, key: str, data: bytes) -> None:
        """Write the whole object or nothing; when this returns it is durable and was verified."""

    def get(self, key: str) -> bytes:
        """Raises ObjectNotFound."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """The keys that start so, in order."""

    def delete(self, key: str) -> None:
        """Safe to repeat."""

    def size(self, key: str) -> int:
        """Bytes of the object. Raises ObjectNotFound."""
