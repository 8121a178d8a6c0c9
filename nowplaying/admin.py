"""Players and calls in the admin: to read, never to edit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from nowplaying.models import CallsOnDay, Playback
from spotifyweb import clients


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Playback)
class PlaybackAdmin(ReadOnly):
    """What plays is the listener's own: the admin sees how polling goes, not what it shows."""

    list_display = ("listener", "connection", "kind", "observed_at", "due_at", "state", "calls")
    list_filter = ("trouble", "listener__connection")
    search_fields = ("listener__user_id", "listener__display_name")
    list_select_related = ("listener",)
    fields = (
        *("listener", "observed_at", "changed_at", "due_at", "quiet_looks"),
        *("trouble", "trouble_since", "trouble_count"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        self.calls_today = clients.spotify_quota().spent_by_listener(now=timezone.now())
        return super().get_queryset(request)

    @admin.display(ordering="listener__connection")
    def connection(self, playback: Playback) -> str:
        return playback.listener.get_connection_display()

    @admin.display(description="trouble", ordering="trouble")
    def state(self, playback: Playback) -> str:
        if not playback.trouble:
            return ""
        return f"{playback.get_trouble_display()}, since {playback.trouble_since:%Y-%m-%d %H:%M}"

    @admin.display(description="calls today")
    def calls(self, playback: Playback) -> int:
        return self.calls_today.get(playback.listener.user_id, 0)


@admin.register(CallsOnDay)
class CallsOnDayAdmin(ReadOnly):
    list_display = ("date", "listener", "family", "calls")
    list_filter = ("family",)
    search_fields = ("listener__user_id", "listener__display_name")
    list_select_related = ("listener",)
    date_hierarchy = "date"
