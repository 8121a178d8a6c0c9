"""A request: what the install that moves hands to its target, as JSON through a pipe."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

import orjson
from django.conf import settings

from spotifyweb.env import redact
from spotifyweb.lake import FileLake, open_lake

ENGINES = ("DATABASE_URL", "LAKE_URL", "EVENT_LOG_URL", "REDIS_URL", "WAREHOUSE_URL")
CHECK, FILL, COMPLETE = "check", "fill", "complete"  # what the target is to do
SAME = ("SPOTIFY_CLIENT_ID", "RECOMMENDING")  # tokens belong to the one, gold to the other


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeAddress:
    """A lake, with the credentials that its own install finds."""

    url: str
    endpoint: str = ""
    region: str = ""
    credentials: dict[str, str] = field(default_factory=dict)  # of boto3's session

    def open(self) -> FileLake:
        return open_lake(
            self.url, endpoint=self.endpoint, region=self.region, credentials=self.credentials
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """What is moved."""

    source: str  # the same for each run of one install
    addresses: Mapping[str, str]  # setting -> digest
    values: Mapping[str, str]  # setting -> digest of what both need to have alike
    fingerprints: Mapping[str, list[str]]  # setting -> of the keys that the database knows
    lake: LakeAddress
    archive: str = ""  # the folder of the rows
    name: str = ""  # of the archive in it
    as_of: datetime | None = None  # the time of both builds
    gold: Mapping[str, list[Any]] = field(default_factory=dict)  # table -> rows, digest
    task: str = CHECK

    def to_json(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        values = orjson.loads(data)
        at = values.pop("as_of")
        lake = LakeAddress(**values.pop("lake"))
        return cls(lake=lake, as_of=datetime.fromisoformat(at) if at else None, **values)


def engine_addresses() -> dict[str, str]:
    """Return a digest of each engine's address in this process's settings."""
    topics = f"{settings.EVENT_LOG_URL} {settings.EVENT_LOG_TOPICS['topic_prefix']}"
    found = {name: getattr(settings, name) for name in ENGINES} | {"EVENT_LOG_URL": topics}
    found["LAKE_URL"] += f" {settings.AWS_ENDPOINT_URL}"
    return {name: digest(value) for name, value in found.items()}


def shared_values() -> dict[str, str]:
    """Return a digest of each setting that source and target need to have alike."""
    return {name: digest(str(getattr(settings, name))) for name in SAME}


def described_engines() -> dict[str, str]:
    """Return the engines' addresses without their secrets, for people."""
    return {name: redact(name, getattr(settings, name)) for name in ENGINES}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
