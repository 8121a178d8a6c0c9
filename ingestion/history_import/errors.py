"""Why an upload cannot be imported, as the person who uploaded it reads it."""

UPLOAD_HINT = (
    "Upload the zip that Spotify sent you, unchanged, or the files in it that are named "
    "Streaming_History_Audio_….json (older: endsong_….json)."
)
DOWNLOAD_HINT = "Download your data from Spotify again and upload the whole zip."
UNPACK_HINT = "Unpack it yourself and upload the JSON files in it."


class ImportRefused(Exception):
    """Nothing of this was imported; the message says what was found and what to upload."""

    def __init__(self, found: str, hint: str = UPLOAD_HINT) -> None:
        super().__init__(f"{found} {hint}".strip())
