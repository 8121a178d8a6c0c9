"""The lake in a bucket: one PUT per object, checked by the server and once more here."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from spotifyweb.diagnosis import Diagnosis
from spotifyweb.lake import s3_errors
from spotifyweb.lake.base import LakeError, ObjectNotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING = {"NoSuchKey", "404", "NotFound"}
ENCRYPTIONS = ("", "AES256", "aws:kms", "aws:kms:dsse")


class S3Lake:
    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        endpoint: str = "",
        region: str,
        encryption: Mapping[str, str] | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        """`encryption` has the settings LAKE_SSE and LAKE_KMS_KEY_ID as `sse` and `kms_key_id`.

        `credentials` are those of boto3's session, by its names; without, those that it finds.
        """
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self._encryption = _put_options(encryption or {})
        self._endpoint = endpoint or None
        self._region = region
        self._credentials: dict[str, Any] = dict(credentials or {})

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def put(self, key: str, data: bytes) -> None:
        digest = hashlib.md5(data, usedforsecurity=False)
        with _translate_errors(f"write {key}"):
            self._client.put_object(
                Bucket=self.bucket,
                Key=self.prefix + key,
                Body=data,
                ContentMD5=b64encode(digest.digest()).decode(),  # the server refuses other bytes
                **self._encryption,
            )
            head = self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        etag = head["ETag"].strip('"')
        # Under KMS the ETag is no digest of the object; the length always tells.
        is_digest = "SSEKMSKeyId" not in head and "-" not in etag
        if head["ContentLength"] != len(data) or (is_digest and etag != digest.hexdigest()):
            raise LakeError(f"{key} in {self.url} is not what was written")

    def get(self, key: str) -> bytes:
        with _translate_errors(f"read {key}"):
            answer = self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)
            return answer["Body"].read()

    def put_file(self, key: str, path: Path) -> None:
        """Write in parts, each with a checksum that the server verifies."""
        with _translate_errors(f"write {key}"), path.open("rb") as file:
            self._client.upload_fileobj(
                file, self.bucket, self.prefix + key, ExtraArgs=self._encryption
            )
        if self.size(key) != path.stat().st_size:
            raise LakeError(f"{key} in {self.url} is not what was written")

    def get_file(self, key: str, path: Path) -> None:
        with _translate_errors(f"read {key}"), path.open("wb") as file:
            self._client.download_fileobj(self.bucket, self.prefix + key, file)

    def keys(self, prefix: str = "") -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + prefix
        )
        with _translate_errors(f"list {prefix or 'everything'}"):
            for page in pages:
                for entry in page.get("Contents", []):
                    yield entry["Key"].removeprefix(self.prefix)

    def delete(self, key: str) -> None:
        with _translate_errors(f"delete {key}"):
            self._client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def size(self, key: str) -> int:
        with _translate_errors(f"look at {key}"):
            head = self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)
            return head["ContentLength"]

    @cached_property
    def _client(self) -> "S3Client":
        # A session of its own: boto3's default one keeps the first credentials that it found.
        return boto3.session.Session(**self._credentials).client(
            "s3",
            endpoint_url=self._endpoint,
            region_name=self._region,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"total_max_attempts": 5, "mode": "standard"},  # with growing random waits
                s3={"addressing_style": "path" if self._endpoint else "auto"},
            ),
        )


def credentials() -> dict[str, str]:
    """Return the credentials that boto3 finds in this process, by the names of its session."""
    found = boto3.session.Session().get_credentials()
    keys = found.get_frozen_credentials() if found else None
    named = {
        "aws_access_key_id": keys.access_key if keys else None,
        "aws_secret_access_key": keys.secret_key if keys else None,
        "aws_session_token": keys.token if keys else None,
    }
    return {name: value for name, value in named.items() if value}


def _put_options(encryption: Mapping[str, str]) -> dict[str, Any]:
    sse, key = encryption.get("sse", ""), encryption.get("kms_key_id", "")
    if sse not in ENCRYPTIONS or (key and not sse.startswith("aws:kms")):
        raise LakeError(
            f"LAKE_SSE={sse} is no encryption of S3"
            if sse not in ENCRYPTIONS
            else "LAKE_KMS_KEY_ID is set, and LAKE_SSE is not aws:kms",
            retry=False,
            hint="set LAKE_SSE to AES256, or to aws:kms with a key in LAKE_KMS_KEY_ID",
        )
    named = {"ServerSideEncryption": sse, "SSEKMSKeyId": key}
    return {name: value for name, value in named.items() if value}


@contextmanager
def _translate_errors(what: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise ObjectNotFound(what.split(" ")[-1]) from error
        raise _lake_error(what, error, s3_errors.of_answer(error)) from error
    except BotoCoreError as error:
        raise _lake_error(what, error, s3_errors.of_failure(error)) from error


def _lake_error(what: str, error: ClientError | BotoCoreError, found: Diagnosis) -> LakeError:
    words = f" ({error})" if str(error) != found.sentence else ""
    return LakeError(
        f"the lake on S3 could not {what}: {found.sentence}{words}",
        retry=found.retry,
        hint=found.hint,
    )
