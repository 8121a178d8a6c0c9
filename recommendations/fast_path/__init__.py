"""Stored answers from Redis in front of Django. Imported where RECOMMENDATIONS_FAST_PATH is on.

- `middleware`: answers what is stored, and leaves everything else to Django
- `credentials`: which tokens and sessions Django let in a moment ago
- `receivers`: what remembers them and takes them back
- `redis_pipeline`: one connection, many questions in a packet
"""
