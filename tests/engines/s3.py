"""A real S3 server, SeaweedFS from its wheel, with one bucket called `lake`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

from bench.harness.processes import PATIENCE_SECONDS, free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY, SECRET = "house", "house-secret"


@dataclass
class SeaweedFS:
    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What boto3 and our settings read."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # each gRPC port is named: the default lies 10,000 higher, where there may be no port
        names = ("master", "volume", "filer", "admin")
        ports = {name: free_port() for name in (*names, "debug")}
        grpc = {name: free_port() for name in (*names, "s3")}
        command = [str(Path(sys.executable).parent / "weed"), "mini", f"-dir={self.folder}"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.port={self.port}", "-bucket=lake"]
        command += ["-admin.ui=false", "-webdav=false", "-master.telemetry=false"]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += [f"-{name}.port={port}" for name, port in ports.items()]
        command += [f"-{name}.port.grpc={port}" for name, port in grpc.items()]
        env = os.environ | self.environment
        with (self.folder.parent / f"{self.folder.name}.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=env, cwd=self.folder
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                self.client().head_bucket(Bucket="lake")  # it is made a moment after the start
                return
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
        raise RuntimeError(f"SeaweedFS did not answer on {self.endpoint}")

    def client(self) -> "S3Client":
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )

    def keys(self, prefix: str) -> list[str]:
        pages = (
            self.client().get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix)
        )
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def rows(self, prefix: str, *columns: str) -> Iterator[dict[str, Any]]:
        """Read the Parquet files below a prefix by boto3 and pyarrow alone."""
        client = self.client()
        for key in self.keys(prefix):
            body = client.get_object(Bucket="lake", Key=key)["Body"].read()
            yield from pq.read_table(BytesIO(body), columns=list(columns)).to_pylist()

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
