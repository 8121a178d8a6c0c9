"""The policy of deploy/aws allows what the lake calls, and nothing else.

Which action allows which call is in Amazon's service authorization reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

import json
from pathlib import Path
from typing import Any

import pytest

from spotifyweb.lake import LakeError, open_lake
from spotifyweb.lake.s3 import S3Lake
from tests.deploy.compose import ROOT
from tests.engines.s3 import KEY, SECRET, SeaweedFS

ACTIONS = {
    "ListObjectsV2": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObject": "s3:DeleteObject",
}
SEVERAL_PARTS = 17 * 1024 * 1024  # boto3 makes parts of 8 MiB


def test_the_policy_allows_what_the_lake_calls(
    bucket: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    lake = open_lake("s3://lake/policy", endpoint=bucket.endpoint)
    assert isinstance(lake, S3Lake)
    calls: set[str] = set()
    events = lake._client.meta.events
    events.register("before-call.s3", lambda model, **_: calls.add(model.name))
    (tmp_path / "large").write_bytes(b"." * SEVERAL_PARTS)

    lake.put("a", b"1")
    assert (lake.get("a"), lake.size("a"), list(lake.keys())) == (b"1", 1, ["a"])
    lake.put_file("large", tmp_path / "large")
    lake.get_file("large", tmp_path / "again")
    events.register("before-call.s3.UploadPart", full_disk)  # type: ignore[arg-type]
    with pytest.raises(LakeError):
        lake.put_file("larger", tmp_path / "large")
    lake.delete("large")

    assert calls == set(ACTIONS)
    assert allowed_actions() == set(ACTIONS.values())


def full_disk(**_: Any) -> tuple[Any, dict[str, Any]]:
    """Answer in the server's place."""

    class Answer:
        status_code = 507

    return Answer, {"Error": {"Code": "InsufficientStorage", "Message": "full"}}


def allowed_actions() -> set[str]:
    policy = json.loads((ROOT / "deploy/aws/lake-policy.json").read_text())
    allowed = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    return {action for statement in allowed for action in statement["Action"]}
