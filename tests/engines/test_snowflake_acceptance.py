"""The acceptance of an account, tried on the double: what it cannot do is listed here."""

from datetime import UTC, datetime

import pytest

from ingestion.pipeline import acceptance
from spotifyweb.warehouse.snowflake_session import Account

pytestmark = pytest.mark.engines

MODELS = ["+user_daily_listening"]  # the quicker for it; all is built elsewhere
UNSUPPORTED = {
    "the setup may run twice": "role",
    "people read gold after the swaps, and nothing else": "may read landing",
    "the warehouse suspends on request, and after a minute": "instead of 60",
    "the usage views tell the cost": 'catalog "snowflake" does not exist',
    "everything is removed": "internal server error",
}


def test_the_double_keeps_each_promise_but_those_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, fake_snowflake: str
) -> None:
    monkeypatch.setenv("DBT_INDIRECT_SELECTION", "cautious")  # no test of what is not built
    address = fake_snowflake.replace("warehouse=compute&role=house&", "")
    tried = list(acceptance.results(Account.of(address), now=datetime.now(UTC), select=MODELS))
    assert [one.promise for one in tried] == list(acceptance.PROMISES)
    failed = {one.promise: one.said for one in tried if not one.passed}
    assert failed.keys() == UNSUPPORTED.keys(), failed
    assert [one for one, words in UNSUPPORTED.items() if words not in failed[one].lower()] == []
