"""Erasure requests and erased accounts in the admin, to read only."""

from django.contrib import admin
from django.http import HttpRequest

from spotifyweb.privacy.models import ErasedAccount, ErasureRequest


@admin.register(ErasureRequest)
class ErasureRequestAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Show how far erasures are; what they erase is visible to their listeners only."""

    list_display = fields = readonly_fields = (
        "kind",
        "asked_at",
        "first_pass_at",
        "second_pass_at",
        "done_at",
        "build_id",
    )

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
