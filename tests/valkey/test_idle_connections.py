"""Valkey closes connections that are idle: each client opens its own again, unnoticed."""

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache

from spotifyweb import clients
from spotifyweb.celery import app
from tests.support.queues import empty_queues, waiting_tasks


def use_all_clients(number: int) -> None:
    """Use the lock's client, the cache, the channel layer and the broker."""
    clients.redis_client().set("idle", number)
    assert clients.redis_client().get("idle") == str(number).encode()
    cache.set("idle", number)
    assert cache.get("idle") == number
    async_to_sync(get_channel_layer().group_send)("idle", {"type": "pages.close"})
    app.send_task("nowplaying.tick")


def test_no_client_fails_on_a_connection_that_valkey_has_closed() -> None:
    empty_queues()
    use_all_clients(1)
    with redis.Redis.from_url(settings.REDIS_URL) as admin:
        assert admin.client_kill_filter(_type="normal", skipme=True) >= 2
    use_all_clients(2)
    assert waiting_tasks("now").count("nowplaying.tick") == 2
    empty_queues()
