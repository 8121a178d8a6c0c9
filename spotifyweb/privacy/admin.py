"""Erasure requests and erased accounts in the admin, to read only."""

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from spotifyweb.privacy.models import ErasedAccount, ErasureRequest


@admin.register(ErasureRequest)
class ErasureRequestAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Show how far erasures are; what they erase is visible to their listeners only."""

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

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: ErasureRequest | None = None,  # noqa: ARG002
    ) -> bool:
        """Refuse: without the request, imports would bring back what it suppresses."""
        return False


@admin.register(ErasedAccount)
class ErasedAccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Show accounts whose second pass is pending; the rows are deleted after it."""

    list_display = ("user_id", "source", "before")
    readonly_fields = ("user_id", "source", "before")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: ErasedAccount | None = None,  # noqa: ARG002
    ) -> bool:
        return False
