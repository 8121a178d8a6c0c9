"""The admin sees how good the lists were."""

from datetime import UTC, datetime

from django.test import Client

from recommendations.models import Evaluation
from spotifyweb.accounts.models import Listener

ROW = {"ndcg@10": 0.15, "recall@50": 0.1, "ndcg@50": 0.2, "intervals": {"ndcg@10": [0.1, 0.2]}}


def test_an_evaluation_is_drawn(alice: Listener) -> None:
    figures = {
        "cases": 120,
        "listeners": 2,
        "next": {"transitions": ROW, "co-occurrence": {**ROW, "ndcg@10": 0.05}},
        "new": {"discover": ROW},
        "rediscovery": {},
    }
    made = Evaluation.objects.create(
        source="this install", evaluated_at=datetime(2026, 1, 1, tzinfo=UTC), figures=figures
    )
    client = Client()
    client.force_login(alice)
    listed = client.get("/admin/recommendations/evaluation/").content.decode()
    assert "0.0500 co-occurrence" in listed
    one = client.get(f"/admin/recommendations/evaluation/{made.pk}/change/").content.decode()
    assert "0.1500 (0.100 to 0.200)" in one
    assert '<rect width="240"' in one
    assert '<rect width="80"' in one
