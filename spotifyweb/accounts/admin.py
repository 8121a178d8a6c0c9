"""Listeners in the admin: who may come in, and how they stand with Spotify. No tokens are shown."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from spotifyweb.accounts.models import ApiToken, Erasure, Listener, Order

admin.site.unregister(Group)


@admin.register(Listener)
class ListenerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Add somebody by the id that their "not on this site's list" page shows."""

    list_display = ("__str__", "user_id", "connection", "is_active", "is_staff", "consented_at")
    list_filter = ("connection", "is_active", "is_staff")
    search_fields = ("user_id", "spotify_id", "display_name")
    fields = ("user_id", "display_name", "is_active", "is_staff", "is_superuser", "timezone")
    actions = ("allow", "disallow")

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Listener | None = None,
    ) -> tuple[str, ...]:
        return ("user_id",) if obj else ()

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Listener | None = None,  # noqa: ARG002
    ) -> bool:
        """Deleting the row would leave their plays behind: listeners erase under Settings."""
        return False

    @admin.action(description="Allow the selected listeners here")
    def allow(self, request: HttpRequest, queryset: QuerySet[Listener]) -> None:
        count = queryset.update(is_active=True)
        self.message_user(request, f"{count} may come in.")

    @admin.action(description="Do not allow them any more; their data stays")
    def disallow(self, request: HttpRequest, queryset: QuerySet[Listener]) -> None:
        disallowed = list(queryset.exclude(pk=request.user.pk or 0))
        for listener in disallowed:  # one by one: who keeps answers for them hears of it
            listener.is_active = False
            listener.save(update_fields=["is_active"])
        self.message_user(request, f"{len(disallowed)} may not come in any more.")


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To revoke; they are made by their owners under Settings."""

    list_display = ("name", "listener", "last_four", "scopes", "created_at", "last_used_at")
    readonly_fields = ("listener", "name", "last_four", "scopes", "created_at", "last_used_at")
    exclude = ("digest",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """How far erasures have come; what they speak of is their listener's business."""

    list_display = fields = readonly_fields = (
        "kind",
        "asked_at",
        "cleansed_at",
        "settled_at",
        "done_at",
        "build_id",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Order | None = None,  # noqa: ARG002
    ) -> bool:
        """A mark would go with it, and what it keeps out would come back."""
        return False


@admin.register(Erasure)
class ErasureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Erasures that wait until the log has run empty; they end by themselves."""

    list_display = ("user_id", "source", "before")
    readonly_fields = ("user_id", "source", "before")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Erasure | None = None,  # noqa: ARG002
    ) -> bool:
        return False
