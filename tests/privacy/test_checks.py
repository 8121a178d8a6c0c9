"""`manage.py check` fails for personal data of which nobody declares how it is erased."""

import pytest
from django.core.checks import Error, run_checks

from spotifyweb import events
from spotifyweb.privacy import registry
from spotifyweb.privacy.stores import AccountData


def errors() -> list[tuple[str, str]]:
    found = run_checks(tags=["privacy"])
    assert all(isinstance(error, Error) and error.hint for error in found)
    return [(str(error.id), error.msg) for error in found]


def test_every_topic_and_every_table_of_this_version_is_declared() -> None:
    assert errors() == []


def test_a_topic_that_nobody_declares_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "TOPICS", (*events.TOPICS, "user_playlists"))
    assert errors() == [
        ("privacy.E003", "the topic user_playlists does not declare how its events are erased")
    ]


def test_a_table_of_listeners_that_nobody_declares_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that refers to a listener by a foreign key, and one that names them by id."""
    tables = {
        label: how
        for label, how in AccountData.tables.items()
        if label not in ("accounts.ApiToken", "privacy.ErasedAccount")
    }
    monkeypatch.setattr(AccountData, "tables", tables)
    assert errors() == [
        ("privacy.E001", f"{label} holds personal data and no app declares how it is erased")
        for label in ("accounts.ApiToken", "privacy.ErasedAccount")
    ]


def test_a_declared_table_that_does_not_exist_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {**AccountData.tables, "accounts.Residence": "deleted"}
    monkeypatch.setattr(AccountData, "tables", tables)
    assert errors() == [
        (
            "privacy.E002",
            "accounts.Residence is declared as personal data, and there is no such model",
        )
    ]


def test_what_is_erased_as_spotifys_follows_from_the_sources() -> None:
    assert registry.spotify_sources() == ["player", "recently_played", "saved_tracks"]
