"""Receivers that remember credentials and delete them; connected where the fast path is on."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest
from rest_framework.request import Request

from recommendations import cache
from recommendations.fast_path import credentials
from spotifyweb import signals
from spotifyweb.accounts.models import ApiToken, Listener
from spotifyweb.privacy import registry
from spotifyweb.privacy.registry import Counts, PersonalData


@receiver(cache.answer_served)
def remember_credential(request: Request, **_: Any) -> None:
    credentials.remember(request)


@receiver(post_delete, sender=ApiToken)
def revoke_token(instance: ApiToken, **_: Any) -> None:
    credentials.forget(instance.digest)


@receiver(user_logged_out)
def revoke_session(request: HttpRequest | None, **_: Any) -> None:
    if request is not None and (session_key := request.session.session_key):
        credentials.forget(credentials.session_digest(session_key))


@receiver(signals.sessions_ended)
def revoke_sessions(keys: Iterable[str], **_: Any) -> None:
    for key in keys:
        credentials.forget(credentials.session_digest(key))


@registry.register
class CredentialData(PersonalData):
    """The credentials of the fast path."""

    def erase_all(
        self,
        user_id: str,
        listener: Listener | None,  # noqa: ARG002
        sources: tuple[str, ...],  # noqa: ARG002
    ) -> Counts:
        return {"stored recommendations": credentials.erase(user_id)}
