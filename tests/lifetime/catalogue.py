"""Invented artists, songs and shows: names without digits, so that each digit on a page is counted.

One song has several ids on a single, an album and a later edition, and is spelled differently on
them; some artists change how they spell themselves over the years.
"""

import random
from dataclasses import dataclass, field

DEVICES = {  # by the year in which they come into use
    2012: ("Android OS 4.2.2 API 17 (samsung, GT-I9195)", "Windows 7 (6.1.7601; x64; SP1; S)"),
    2014: ("iOS 8.1 (iPhone7,2)", "OS X 10.10.1 [x86 4]", "Partner scei_ps4 Sony;PS4"),
    2016: (
        "Partner android_tv Sony;BRAVIA 4K GB;BRAVIA4KGB",
        "web_player windows 10;chrome 79.0.3945.130;desktop",
        "Partner google cast;Chromecast;;tvm_l",
        "iOS 11.2 (iPad6,3)",
    ),
    2018: (
        "Partner sonos_ppc Sonos;Play1",
        "Partner amazon_salmon Amazon;Echo_Dot;3b",
        "Partner webos_tv LGE;43UM7100PLB",
        "Partner microsoft_xbox;xbox_one;",
        "Partner fitbit_inc Fitbit;Versa",
    ),
    2019: ("Linux [x86-64 0]", "Android Tablet OS 9 API 28 (samsung, SM-T510)", "web_player"),
    2023: ("android", "ios", "windows", "cast", "tizen", "not_applicable", "garmin", None),
}
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SYLLABLES = (
    *("ka", "lo", "mé", "rin", "süd", "tøn", "vel", "ña", "or", "bri", "ço", "dæ", "lý", "eth"),
    *("mar", "ſol", "quo", "zim", "ähn", "pé", "straß", "ni", "wen", "ulf", "ist", "oak"),
)
ENDINGS = ("", "", "", " (Live)", " – Remastered", " Pt. ii", "’s Song", " / Reprise")
KANA = ("ハル", "カモメ", "がかり", "ヨル", "シズク")
CYRILLIC = ("Ночь", "Ёлка", "Метель", "Снежинка")
ACCENTS = str.maketrans("éüñçýäàô", "euncyaao")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One id of a song, and how its rows spell the names."""

    track_id: str | None
    title: str
    artist: str | None
    album: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    releases: list[Release]
    length_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An episode of a podcast or a chapter of an audiobook."""

    item_id: str
    title: str
    show: str
    is_chapter: bool
    length_ms: int


@dataclass(slots=True)
class Catalogue:
    """The same for the same seed."""

    dice: random.Random
    artists: int = 160
    songs: list[Song] = field(default_factory=list)
    newest: Song = field(init=False)  # nobody plays it before the last weeks
    spoken: list[Spoken] = field(default_factory=list)

    def __post_init__(self) -> None:
        for _ in range(self.artists):
            spellings = respelled(self.name(), self.dice)
            albums = [self.name() for _ in range(self.dice.randint(1, 4))]
            for _ in range(self.dice.randint(2, 14)):
                self.songs.append(self._song(spellings, albums))
        self.newest = self._song([self.name()], [self.name()])
        for number in range(30):
            show, is_chapter = self.name(), number % 3 == 2
            for _ in range(self.dice.randint(2, 25)):
                self.spoken.append(self._spoken(show, is_chapter=is_chapter))

    def name(self) -> str:
        """One to three words of an alphabet."""
        if self.dice.random() < 0.06:
            return " ".join(self.dice.choices(self.dice.choice((KANA, CYRILLIC)), k=2))
        words = [
            "".join(self.dice.choices(SYLLABLES, k=self.dice.randint(2, 3))).capitalize()
            for _ in range(self.dice.randint(1, 3))
        ]
        return " ".join(words)

    def item_id(self) -> str:
        return "".join(self.dice.choices(LETTERS, k=22))

    def _song(self, artists: list[str], albums: list[str]) -> Song:
        titles = respelled(self.name() + self.dice.choice(ENDINGS), self.dice)
        editions = self.dice.choice((1, 1, 1, 2, 2, 3, 4))
        releases = [
            Release(
                track_id=self.item_id(),
                title=self.dice.choice(titles),
                artist=self.dice.choice(artists),
                album=self._album(albums, number),
            )
            for number in range(editions)
        ]
        if self.dice.random() < 0.03:  # a file of one's own, of the same song
            one = releases[0]
            releases.append(
                Release(track_id=None, title=one.title, artist=one.artist, album=one.album)
            )
        return Song(releases=releases, length_ms=self.dice.randint(95_000, 420_000))

    def _album(self, albums: list[str], number: int) -> str | None:
        if self.dice.random() < 0.02:
            return None
        album = self.dice.choice(albums)
        return f"{album} (Deluxe)" if number == 2 else self.dice.choice(respelled(album, self.dice))

    def _spoken(self, show: str, *, is_chapter: bool) -> Spoken:
        return Spoken(
            item_id=self.item_id(),
            title=self.name(),
            show=self.dice.choice(respelled(show, self.dice)),
            is_chapter=is_chapter,
            length_ms=self.dice.randint(8, 140) * 60_000,
        )


def respelled(name: str, dice: random.Random) -> list[str]:
    """A name and other spellings of it: case, accents, apostrophes, dashes, full width, ß."""
    others = [
        name.upper().replace("SS", "ẞ") if "ß" in name else name.upper(),
        name.translate(ACCENTS),
        name.replace("’", "'"),
        name.replace("–", "-"),
        name.replace("ß", "ss"),
        name.replace("K", "Ｋ").replace("O", "Ｏ"),
    ]
    different = [other for other in others if other != name]
    return [name, *dice.sample(different, k=min(len(different), dice.choice((0, 0, 1, 2))))]
