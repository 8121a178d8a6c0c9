"""An install with rows of the model Alarm is migrated with them."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ingestion.models import Alert
from tests.support.schema import older_migrations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ALARM = ("ingestion", "Alarm")
NOTIFIED_AT = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


def test_alarms_become_alerts_with_their_permissions_and_back() -> None:
    before = ("ingestion", "0020_simulation_cursor")
    with older_migrations():
        call_command("migrate", *before, verbosity=0)
        alarms = MigrationLoader(connection).project_state([before]).apps.get_model(*ALARM).objects
        alarms.create(stage="consume", subject="user_plays", is_failing=True, told_at=NOTIFIED_AT)
        call_command("migrate", "ingestion", verbosity=0)
    alert = Alert.objects.get()
    assert str(alert) == "consume user_plays: firing" and alert.notified_at == NOTIFIED_AT
    assert permissions("alert") == 4 and not permissions("alarm")

    with older_migrations():
        call_command("migrate", *before, verbosity=0)
    assert alarms.get().is_failing
    call_command("migrate", verbosity=0)
    assert Alert.objects.get().is_firing


def permissions(model: str) -> int:
    return Permission.objects.filter(codename__endswith=f"_{model}").count()
