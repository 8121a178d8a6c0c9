"""Settings to doors: the only place that knows both.

Every process keeps one of each door; they open their connections when first used.
"""

from functools import cache
from urllib.parse import urlsplit

import redis
from django.conf import settings

from spotifyweb.eventlog import EventLog


@cache
def redis_client() -> "redis.Redis":
    """The cache, locks and shared counters. Answers bytes."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)


@cache
def event_log() -> EventLog:
    url = settings.EVENT_LOG_URL
    if urlsplit(url).scheme == "kafka":
        from spotifyweb.eventlog.kafka import KafkaLog

        return KafkaLog(bootstrap=urlsplit(url).netloc)
    from spotifyweb.eventlog.redis_streams import RedisStreamsLog

    return RedisStreamsLog.from_url(url)
