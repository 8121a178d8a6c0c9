"""What log lines leave out."""

import logging


class WithoutQueries(logging.Filter):
    """Access lines keep the path and drop the query: Spotify's codes come in one."""

    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case (client, method, str(path), *rest) if "?" in path:
                record.args = (client, method, f"{path.partition('?')[0]}?…", *rest)
        return True
