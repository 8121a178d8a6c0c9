"""What is wrong with what was handed in, said to the person who handed it in."""

CURE = (
    "Upload the zip that Spotify sent you, unchanged, or the files in it that are named "
    "Streaming_History_Audio_….json (older: endsong_….json)."
)
DOWNLOAD_AGAIN = "Download your data from Spotify again and upload the whole zip."
UNPACK = "Unpack it yourself and upload the JSON files in it."


class ImportRefused(Exception):
    """Nothing of this was imported; the message says what was found and what to upload."""

    def __init__(self, found: str, cure: str = CURE) -> None:
        super().__init__(f"{found} {cure}".strip())
