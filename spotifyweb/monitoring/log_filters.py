"""Filters that keep secrets out of log lines."""

import logging
import re

SECRET = re.compile(r"^/share/[^/?]+")  # whoever has a link's token can open its pages


class QueryStringFilter(logging.Filter):
    """Drop query strings, which carry Spotify's codes, and share tokens from access lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case (client, method, str(address), *rest):
                path, asked, _ = SECRET.sub("/share/…", address).partition("?")
                record.args = (client, method, f"{path}?…" if asked else path, *rest)
        return True
