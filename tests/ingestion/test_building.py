"""What dbt said, in words that help."""

import json
from datetime import UTC, datetime
from pathlib import Path

from ingestion import building

AS_OF = datetime(2026, 11, 22, 20, tzinfo=UTC)


def test_a_build_that_needs_more_memory_says_which_setting_gives_it(tmp_path: Path) -> None:
    failed = {
        "unique_id": "model.spotifyweb.transitions",
        "status": "error",
        "message": "Runtime Error\n  Out of Memory Error: could not allocate a block",
    }
    results = tmp_path / "run_results.json"
    results.write_text(
        json.dumps({"metadata": {"env": {"AS_OF": AS_OF.isoformat()}}, "results": [failed]})
    )
    (why,) = building.read_report(results, as_of=AS_OF).failures
    assert why.startswith("model transitions: Runtime Error Out of Memory Error")
    assert "set TRANSFORM_MEMORY_MB higher" in why
