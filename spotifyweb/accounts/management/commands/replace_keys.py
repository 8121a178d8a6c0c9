"""Make this host's SECRET_KEY and TOKEN_KEYS those of the database, where the former are lost.

Everybody logs in again whose session or Spotify tokens the former keys protect. Other hosts do not
start until they have these keys, too.
"""

from typing import Any

from spotifyweb.accounts import key_fingerprints
from spotifyweb.commands import JsonCommand


class Command(JsonCommand):
    help = __doc__

    def handle(self, *_args: Any, **options: Any) -> None:
        key_fingerprints.replace()
        line = "This host's keys are those of the database now; give them to all other hosts."
        self.write_result({"replaced": list(key_fingerprints.HINTS)}, line, options=options)
