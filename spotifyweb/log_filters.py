"""What log lines leave out."""

import logging
import re

SECRET = re.compile(r"^/share/[^/?]+")  # who has the token of a link sees its pages


class WithoutQueries(logging.Filter):
    """Access lines keep the path and drop the query, where Spotify's codes come in, and tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case (client, method, str(address), *rest):
                path, asked, _ = SECRET.sub("/share/…", address).partition("?")
                record.args = (client, method, f"{path}?…" if asked else path, *rest)
        return True
