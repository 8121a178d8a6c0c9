"""Stored answers from Redis in front of Django.

- `middleware`: answers what is stored, and leaves everything else to Django
- `credentials`: which tokens and sessions Django let in a moment ago
- `throttle`: one count of calls for both ways
- `redis_pipeline`: one connection, many questions in a packet
"""
