import json
import re
from pathlib import Path

import pytest
from django.utils import timezone

from spotifyweb.monitoring.metrics import PipelineCollector

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy/grafana/liner.json"
NAME = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|^[a-z]+$")


@pytest.fixture
def measured(db: None) -> set[str]:
    return {family.name for family in PipelineCollector(timezone.now()).collect()}


def test_the_dashboard_draws_each_metric_and_none_that_is_gone(measured: set[str]) -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]

    assert {name for query in queries for name in NAME.findall(query)} == measured


def test_the_documentation_lists_each_metric(measured: set[str]) -> None:
    section = (ROOT / "docs/operations.md").read_text().split("**Metrics and logs.**")[1]
    table = section.split("Logs go to stderr")[0]

    assert set(re.findall(r"`([a-z0-9_]+)\{", table)) == measured
