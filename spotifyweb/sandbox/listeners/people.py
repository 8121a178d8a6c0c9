"""Invented listeners: six with an account, and as many more as a simulation needs."""

from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.catalogue import names

Device = tuple[str, str]  # type as Spotify writes it, and the name its owner gave it

PHONE, LAPTOP = ("Smartphone", "Pocket phone"), ("Computer", "Desk laptop")
SPEAKER, CAR = ("Speaker", "Kitchen speaker"), ("Automobile", "The old estate")
TV, TABLET = ("TV", "Living room"), ("Tablet", "Sofa tablet")
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Europe/London",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "Africa/Lagos",
    "Europe/Madrid",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One invented listener and how they listen."""

    account_id: str
    spotify_id: str
    display_name: str
    timezone: str
    about: str
    sessions: tuple[tuple[int, int, float], ...]  # (local hour, minutes, chance a day)
    devices: tuple[Device, ...]
    skip_rate: float
    album_rate: float  # share of sessions that play an album from its first track
    repeat_rate: float
    always_on: bool = False
    premium: bool = True
    listed: bool = True  # on the app's allow-list

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


PEOPLE: tuple[Person, ...] = (
    Person(
        account_id="sbxMira4kQ",
        spotify_id="mira.solberg",
        display_name="Mira Solberg",
        timezone="Europe/Oslo",
        about="commutes by train, whole albums in the evening",
        sessions=((7, 45, 0.85), (16, 50, 0.8), (20, 80, 0.6)),
        devices=(PHONE, LAPTOP, SPEAKER),
        skip_rate=0.10,
        album_rate=0.5,
        repeat_rate=0.03,
    ),
    Person(
        account_id="sbxTheo9vR",
        spotify_id="theo-okonjo",
        display_name="Theo Okonjo",
        timezone="America/New_York",
        about="impatient, skips a lot, music while coding",
        sessions=((9, 150, 0.8), (14, 120, 0.75), (22, 40, 0.4)),
        devices=(LAPTOP, PHONE),
        skip_rate=0.34,
        album_rate=0.1,
        repeat_rate=0.05,
    ),
    Person(
        account_id="sbxAnou2mL",
        spotify_id="anouk_m",
        display_name="Anouk Marchetti",
        timezone="Europe/Paris",
        about="plays a favourite ten times in a row, loves the car",
        sessions=((8, 35, 0.7), (12, 30, 0.5), (18, 60, 0.8)),
        devices=(CAR, PHONE, TABLET),
        skip_rate=0.08,
        album_rate=0.2,
        repeat_rate=0.3,
    ),
    Person(
        account_id="sbxYuki7dT",
        spotify_id="yukiyamane",
        display_name="Yuki Yamane",
        timezone="Asia/Tokyo",
        about="night owl, ambient until late, sleeps past noon",
        sessions=((13, 60, 0.6), (19, 60, 0.5), (22, 170, 0.85)),
        devices=(SPEAKER, PHONE, TV),
        skip_rate=0.12,
        album_rate=0.35,
        repeat_rate=0.06,
        premium=False,
    ),
    Person(
        account_id="sbxRadi1oW",
        spotify_id="cafe-lumen",
        display_name="Café Lumen",
        timezone="Europe/Berlin",
        about="a café whose speaker never stops: something is always playing",
        sessions=(),
        devices=(("Speaker", "Counter speaker"),),
        skip_rate=0.04,
        album_rate=0.25,
        repeat_rate=0.0,
        always_on=True,
    ),
)
OUTSIDER = Person(
    account_id="sbxOutsid3",
    spotify_id="guest-halloran",
    display_name="Guest Halloran",
    timezone="Europe/Dublin",
    about="not on the app's allow-list: may log in, and then every call is refused",
    sessions=((19, 60, 0.5),),
    devices=(PHONE,),
    skip_rate=0.1,
    album_rate=0.2,
    repeat_rate=0.05,
    premium=False,
    listed=False,
)
ACCOUNTS: dict[str, Person] = {person.account_id: person for person in (*PEOPLE, OUTSIDER)}


@cache
def person(number: int) -> Person:
    """Return the listener with that number: first PEOPLE, then as many as are wanted."""
    if number < len(PEOPLE):
        return PEOPLE[number]
    rng = seeds.rng("person", number)
    name = f"{rng.choice(names.FIRST_NAMES)} {rng.choice(names.LAST_NAMES)}"
    hours = sorted(rng.sample(range(6, 23), rng.randint(2, 4)))
    return Person(
        account_id=f"sim{seeds.base62('person', number)[:7]}{number}",
        spotify_id=f"listener{number}",
        display_name=name,
        timezone=rng.choice(ZONES),
        about="simulated",
        sessions=tuple((h, rng.randint(20, 110), rng.uniform(0.3, 0.9)) for h in hours),
        devices=tuple(rng.sample([PHONE, LAPTOP, SPEAKER, CAR, TV, TABLET], rng.randint(1, 3))),
        skip_rate=rng.uniform(0.03, 0.35),
        album_rate=rng.uniform(0.05, 0.5),
        repeat_rate=rng.uniform(0.0, 0.2),
    )
