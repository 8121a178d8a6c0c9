"""Players and calls in the admin: to read, never to edit."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nowplaying.models import CallsOnDay, Playback
from spotifyweb import clients
from spotifyweb.accounts.read_only_admin import ReadOnlyAdmin


@admin.register(Playback)
class PlaybackAdmin(ReadOnlyAdmin):
    """What plays is the listener's own: the admin sees how polling goes, not what it shows."""

    list_display = ("listener", "connection", "kind", "answered", "next_poll", "problem", "calls")
    list_filter = ("trouble", "listener__connection")
    search_fields = ("listener__user_id", "listener__display_name")
    list_select_related = ("listener",)
    fields = (
        *("listener", "connection", "kind", "answered", "next_poll"),
        *("unchanged_polls", "problem", "failures"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        self.calls_today = clients.spotify_quota().spent_by_listener(now=timezone.now())
        return super().get_queryset(request)

    @admin.display(description=_("connection"), ordering="listener__connection")
    def connection(self, playback: Playback) -> str:
        return playback.listener.get_connection_display()

    @admin.display(description=_("last answer of Spotify"), ordering="observed_at")
    def answered(self, playback: Playback) -> str:  # a form shows what is no text as it is
        return display_for_value(playback.observed_at, "-")

    @admin.display(description=_("next poll"), ordering="due_at")
    def next_poll(self, playback: Playback) -> str:
        return display_for_value(playback.due_at, "-")

    @admin.display(description=_("polls without progress"))
    def unchanged_polls(self, playback: Playback) -> int:
        return playback.quiet_looks

    @admin.display(description=_("failures in a row"))
    def failures(self, playback: Playback) -> int:
        return playback.trouble_count

    @admin.display(description=_("problem"), ordering="trouble")
    def problem(self, playback: Playback) -> str:
        if not playback.trouble:
            return ""
        since = display_for_value(playback.trouble_since, "-")
        return f"{playback.get_trouble_display()}, since {since}"

    @admin.display(description=_("API calls today"))
    def calls(self, playback: Playback) -> int:
        return self.calls_today.get(playback.listener.user_id, 0)


@admin.register(CallsOnDay)
class CallsOnDayAdmin(ReadOnlyAdmin):
    list_display = ("date", "listener", "family", "calls")
    list_filter = ("family",)
    search_fields = ("listener__user_id", "listener__display_name")
    list_select_related = ("listener",)
    date_hierarchy = "date"
