"""Listeners and API tokens in the admin; no token is shown."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from spotifyweb.accounts.models import ApiToken, Listener

admin.site.unregister(Group)


@admin.register(Listener)
class ListenerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Add a listener by the id that the page "not on this site's list" shows them."""

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
        """Refuse: deleting the row would leave their plays; listeners erase under Settings."""
        return False

    @admin.action(description=_("Allow selected listeners"))
    def allow(self, request: HttpRequest, queryset: QuerySet[Listener]) -> None:
        count = queryset.update(is_active=True)
        message = ngettext("%(count)d listener allowed.", "%(count)d listeners allowed.", count)
        self.message_user(request, message % {"count": count})

    @admin.action(description=_("Disallow selected listeners (data is kept)"))
    def disallow(self, request: HttpRequest, queryset: QuerySet[Listener]) -> None:
        disallowed = list(queryset.exclude(pk=request.user.pk or 0))
        for listener in disallowed:  # post_save invalidates the stored answers of each
            listener.is_active = False
            listener.save(update_fields=["is_active"])
        count = len(disallowed)
        message = ngettext(
            "%(count)d listener is no longer allowed.",
            "%(count)d listeners are no longer allowed.",
            count,
        )
        self.message_user(request, message % {"count": count})


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Revoke tokens; listeners create them under Settings."""

    list_display = ("name", "listener", "last_four", "scopes", "created_at", "last_used_at")
    readonly_fields = ("listener", "name", "last_four", "scopes", "created_at", "last_used_at")
    exclude = ("digest",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False
