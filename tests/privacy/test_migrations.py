"""An install with erasures of before there was an app privacy is migrated with its rows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from spotifyweb.accounts.models import Listener, ListenerTimezone
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest
from tests.support.schema import older_migrations

pytestmark = pytest.mark.django_db(transaction=True)

DAY = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def old_models() -> Iterator[Any]:
    """The models as of the migration before, in a database of that state."""
    before = [("accounts", "0005_device_start")]
    with older_migrations():
        call_command("migrate", "privacy", "zero", verbosity=0)
        call_command("migrate", "accounts", "0005", verbosity=0)
        apps = MigrationLoader(connection).project_state(before).apps
    yield apps
    call_command("migrate", verbosity=0)


def test_rows_and_content_types_of_an_old_install_are_kept(old_models: Any) -> None:
    listener = old_models.get_model("accounts", "Listener").objects.create(user_id="alice")
    old_models.get_model("accounts", "Residence").objects.create(
        listener=listener, timezone="Asia/Tokyo", valid_from=DAY
    )
    order = old_models.get_model("accounts", "Order").objects.create(
        listener=listener, kind="period", asked_at=DAY, cleansed_at=DAY, steps={"log": {}}
    )
    order.settled_at = DAY
    order.save()
    old_models.get_model("accounts", "Erasure").objects.create(
        user_id="gone", before=DAY, order=order
    )
    of_orders = ContentType.objects.get(app_label="accounts", model="order")
    ContentType.objects.clear_cache()
    LogEntry.objects.create(
        user_id=listener.pk, content_type_id=of_orders.pk, object_id="1", action_flag=CHANGE
    )

    call_command("migrate", verbosity=0)

    erasure, account = ErasureRequest.objects.get(), ErasedAccount.objects.get()
    assert (erasure.token, erasure.steps) == (order.token, {"log": {}})
    assert (erasure.first_pass_at, erasure.second_pass_at) == (DAY, DAY)
    assert (account.user_id, account.request) == ("gone", erasure)
    alice = Listener.objects.get()
    assert ListenerTimezone.objects.get(listener=alice).timezone == "Asia/Tokyo"
    assert alice.erasure_requests.get() == erasure
    kind = ContentType.objects.get(app_label="privacy", model="erasurerequest")
    assert LogEntry.objects.get().content_type_id == kind.pk == of_orders.pk
    assert not ContentType.objects.filter(app_label="accounts", model="order").exists()
    permissions = Permission.objects.filter(content_type=kind, codename="view_erasurerequest")
    assert permissions.get().name == "Can view erasure request"
    alice.delete()
    assert not ErasureRequest.objects.exists(), "the foreign key came along"
    assert ErasedAccount.objects.get().request is None
