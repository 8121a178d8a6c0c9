"""What kind of device a `platform` of the export names: coarse, and None rather than a guess.

Since October 2023 exports say one word (android, ios, windows, linux, cast, tizen, …); before that
a free text such as `Android OS 4.2.2 API 17 (samsung, GT-I9195)` or `web_player windows 10; …`.
The answers are those that Spotify's player gives as device type.
"""

import re
from functools import lru_cache

KINDS = (  # the first that matches wins: a television may run android, a speaker linux
    ("TV", r"tizen|webos|\btv\b|roku|bravia|smart ?tv|androidtv|apple_tv|tvos|viera|vizio"),
    ("GameConsole", r"playstation|\bps[345]\b|xbox|sony_ps"),
    ("Speaker", r"cast|sonos|speaker|alexa|echo|bose|homepod|libspot|garmin|partner"),
    ("Automobile", r"\bcar\b|automotive|carplay|tesla"),
    ("Tablet", r"ipad|tablet"),
    ("Smartphone", r"android|ios|iphone|windows phone"),
    ("Computer", r"windows|os x|osx|macos|\bmac\b|linux|web_player|webplayer|\bweb\b|chromeos"),
)
PATTERNS = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in KINDS)


@lru_cache(maxsize=4096)
def device_type(platform: str | None) -> str | None:
    """Smartphone, Computer, Speaker, TV, …; None where the platform does not say."""
    if not platform:
        return None
    return next((kind for kind, pattern in PATTERNS if pattern.search(platform)), None)
