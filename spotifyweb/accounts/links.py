"""Addresses of pages that other apps may bring along."""

from django.urls import NoReverseMatch, reverse


def if_there(name: str) -> str:
    """The page's address, or "" where this house has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
