"""What kind of device a `platform` of the export names: coarse, and None rather than a guess.

Since October 2023 exports say one word (android, ios, windows, linux, cast, tizen, …); before that
a free text such as `Android OS 4.2.2 API 17 (samsung, GT-I9195)`, `web_player windows 10; …` or
`Partner android_tv Sony;BRAVIA 4K GB;`. The answers are the device types of Spotify's player.

dbt maps what was imported before by the same words: `device_types` in dbt/dbt_project.yml.
"""

import re
from functools import lru_cache

# The first kind counts of which a word, or several, begin so; a blank at the end ends the word. A
# console or a watch may run a television's system, a television may run android, a speaker linux.
KINDS: dict[str, tuple[str, ...]] = {
    "Smartwatch": ("watch", "applewatch", "wearos ", "wear os ", "wearable ", "fitbit ", "garmin "),
    "GameConsole": ("playstation", "ps3 ", "ps4 ", "ps5 ", "scei ", "xbox", "nintendo "),
    "Automobile": ("car ", "carplay ", "automotive ", "android auto ", "tesla "),
    "TV": (
        *("tv ", "tvos ", "appletv", "androidtv ", "firetv ", "smarttv "),
        *("tizen ", "webos ", "roku ", "bravia ", "viera ", "vizio "),
    ),
    "Speaker": (
        *("cast ", "chromecast audio ", "sonos ", "speaker ", "alexa ", "echo ", "bose "),
        *("homepod", "google home ", "google nest "),
    ),
    "Tablet": ("ipad", "tablet "),
    "Smartphone": ("android ", "ios ", "iphone", "windows phone "),
    "Computer": (
        *("windows ", "os x ", "osx ", "macos ", "mac ", "linux ", "chromeos "),
        *("web player ", "webplayer ", "web "),
    ),
}
BETWEEN_WORDS = re.compile("[^a-z0-9]+")


@lru_cache(maxsize=4096)
def device_type(platform: str | None) -> str | None:
    """Return Smartphone, Computer, Speaker, TV, …; None where the platform does not say."""
    words = f" {BETWEEN_WORDS.sub(' ', (platform or '').lower())} "
    for kind, beginnings in KINDS.items():
        if any(f" {beginning}" in words for beginning in beginnings):
            return kind
    return None
