"""A server that has loaded everything does not search all of it for garbage again and again."""

import gc


def settle() -> None:
    """Take what is loaded out of the collector's sight: 200,000 objects cost a request 110 ms."""
    from django.urls import get_resolver

    assert get_resolver().url_patterns, "all views are loaded"
    gc.collect()
    gc.freeze()
