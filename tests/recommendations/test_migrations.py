"""An install with rows of the model Verdict is migrated with them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.loader import MigrationLoader

from recommendations.models import Feedback
from spotifyweb.accounts.models import Listener
from tests.support.schema import older_migrations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

GIVEN = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def old_models() -> Iterator[Any]:
    """The models as of the first migration, in a database of that state."""
    before = ("recommendations", "0001_verdicts_and_evaluations")
    with older_migrations():
        call_command("migrate", *before, verbosity=0)
        apps = MigrationLoader(connection).project_state([before]).apps
    yield apps
    call_command("migrate", verbosity=0)


def test_rows_of_verdicts_become_feedback(old_models: Any) -> None:
    listener = Listener.objects.create(user_id="alice")
    verdicts = old_models.get_model("recommendations", "Verdict").objects
    hidden = {"verdict": "hide", "artist_name": "Low", "given_at": GIVEN, "expires_at": GIVEN}
    row = verdicts.create(listener_id=listener.pk, track_id="t1", **hidden)
    verdicts.create(listener_id=listener.pk, track_id="t2", verdict="up", given_at=GIVEN)
    kind = ContentType.objects.get(app_label="recommendations", model="verdict")
    ContentType.objects.clear_cache()
    LogEntry.objects.create(
        user_id=listener.pk, content_type_id=kind.pk, object_id=row.pk, action_flag=DELETION
    )

    call_command("migrate", verbosity=0)

    kept = Feedback.objects.get(pk=row.pk)
    assert (kept.listener, kept.track_id, kept.artist_name) == (listener, "t1", "Low")
    assert (kept.kind, kept.given_at, kept.expires_at) == (Feedback.Kind.HIDE, GIVEN, GIVEN)
    assert set(listener.feedback.values_list("track_id", "kind")) == {("t1", "hide"), ("t2", "up")}
    renamed = ContentType.objects.get(app_label="recommendations", model="feedback")
    assert renamed.pk == kind.pk == LogEntry.objects.get().content_type_id
    assert not ContentType.objects.filter(app_label="recommendations", model="verdict").exists()
    permissions = Permission.objects.filter(content_type=renamed)
    assert {permission.codename for permission in permissions} == {
        f"{action}_feedback" for action in ("add", "change", "delete", "view")
    }
    with pytest.raises(IntegrityError):
        Feedback.objects.create(listener=listener, track_id="t1", kind="up", given_at=GIVEN)


def test_the_rename_is_undone_with_its_rows(old_models: Any) -> None:
    call_command("migrate", verbosity=0)
    listener = Listener.objects.create(user_id="alice")
    Feedback.objects.create(listener=listener, track_id="t1", kind="down", given_at=GIVEN)

    with older_migrations():
        call_command("migrate", "recommendations", "0001", verbosity=0)

    row = old_models.get_model("recommendations", "Verdict").objects.get()
    assert (row.track_id, row.verdict) == ("t1", "down")
