"""Pages of the admin that are only read: lists open, and nothing is added, changed or deleted."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.read_only_admin import ReadOnlyAdmin
from spotifyweb.privacy.models import ErasureRequest
from tests.support.login import browser_of

READ_ONLY = [
    model
    for model, page in admin.site._registry.items()
    if isinstance(page, ReadOnlyAdmin) and model._meta.model_name != "track"
]


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_a_list_opens_and_has_no_form_to_add(alice: Listener, model: type) -> None:
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # type: ignore[attr-defined]
    browser = browser_of(alice)
    assert browser.get(reverse(f"{address}_changelist")).status_code == 200
    assert browser.post(reverse(f"{address}_add")).status_code == 403


def test_a_row_opens_and_is_neither_changed_nor_deleted(alice: Listener) -> None:
    row = ErasureRequest.objects.create(kind="everything", asked_at=timezone.now())
    browser = browser_of(alice)
    page = browser.get(reverse("admin:privacy_erasurerequest_change", args=[row.pk]))
    assert page.status_code == 200 and "Save" not in page.text
    for action in ("change", "delete"):
        address = reverse(f"admin:privacy_erasurerequest_{action}", args=[row.pk])
        assert browser.post(address, {"post": "yes"}).status_code == 403
    assert ErasureRequest.objects.filter(pk=row.pk).exists()
