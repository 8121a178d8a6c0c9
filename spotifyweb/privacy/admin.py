"""Erasure requests and erased accounts in the admin, to read only."""

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.read_only_admin import ReadOnlyAdmin
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    """Show how far erasures are; what they erase is visible to their listeners only.

    None is deleted: without the request, imports would bring back what it suppresses.
    """

    list_display = fields = readonly_fields = (
        "kind",
        "requested",
        "first_pass",
        "second_pass",
        "completed",
        "build",
    )

    @admin.display(description=_("requested"), ordering="asked_at")
    def requested(self, erasure: ErasureRequest) -> str:
        return display_for_value(erasure.asked_at, "-")

    @admin.display(description=_("first pass"), ordering="first_pass_at")
    def first_pass(self, erasure: ErasureRequest) -> str:
        return display_for_value(erasure.first_pass_at, "-")

    @admin.display(description=_("second pass, for late data"), ordering="second_pass_at")
    def second_pass(self, erasure: ErasureRequest) -> str:
        return display_for_value(erasure.second_pass_at, "-")

    @admin.display(description=_("completed"), ordering="done_at")
    def completed(self, erasure: ErasureRequest) -> str:
        return display_for_value(erasure.done_at, "-")

    @admin.display(description=_("first build without it"))
    def build(self, erasure: ErasureRequest) -> str:
        return erasure.build_id


@admin.register(ErasedAccount)
class ErasedAccountAdmin(ReadOnlyAdmin):
    """Show accounts whose second pass is pending; the rows are deleted after it."""

    list_display = ("user_id", "source", "before")
    readonly_fields = ("user_id", "source", "before")
