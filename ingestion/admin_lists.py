"""What lists of the admin share: they are read, filtered and searched, and edited by nobody."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

MOODS = {
    "succeeded": "good",
    "done": "good",
    "filled": "good",
    "success": "good",
    "pass": "good",
    "warn": "warn",
    "fail": "bad",
    "error": "bad",
    "failed": "bad",
    "running": "busy",
    "possible": "warn",
}


def pill(status: str, label: str) -> SafeString:
    return format_html('<span class="pill pill-{}">{}</span>', MOODS.get(status, "quiet"), label)


class ReadMostlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What the pipeline wrote is not edited by hand."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
