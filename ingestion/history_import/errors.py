"""Why an upload cannot be imported, as sentences to translate.

The parser's process does without Django, so a sentence keeps its message id and its values apart
until a worker translates it. `makemessages` finds message ids by the names `gettext_noop`,
`gettext_lazy` and `ngettext_lazy`, which mean here what they mean in Django.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A message id and its values; with a plural where `count` decides. English as a `str`."""

    text: str
    plural: str = ""
    count: int = 1
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        text = self.text if self.count == 1 or not self.plural else self.plural
        return text % self.values


def gettext_noop(text: str) -> str:
    """Mark a message id for translation, and return it as it is."""
    return text


def gettext_lazy(text: str, **values: str) -> Sentence:
    """Return a sentence to translate later."""
    return Sentence(text=text, values=values)


def ngettext_lazy(singular: str, plural: str, count: int, **values: str) -> Sentence:
    """Return a sentence to translate later, whose form follows from `count`."""
    return Sentence(text=singular, plural=plural, count=count, values=values)


def join(sentences: Iterable[Sentence]) -> str:
    """Return sentences as one English text."""
    return " ".join(map(str, sentences))


UPLOAD_HINT = gettext_lazy(
    "Upload the zip that Spotify sent you, unchanged, or the files in it that are named "
    "Streaming_History_Audio_….json (older: endsong_….json)."
)
DOWNLOAD_HINT = gettext_lazy("Download your data from Spotify again and upload the whole zip.")
UNPACK_HINT = gettext_lazy("Unpack it yourself and upload the JSON files in it.")


class ImportRefused(Exception):
    """Nothing of this was imported; the sentences say what was found and what to upload."""

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__(join(sentences))
        self.sentences = sentences
