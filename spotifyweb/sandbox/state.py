"""The sandbox's state: clock, players, faults, consents, and how often it was called."""

from collections import Counter
from dataclasses import dataclass, field

from spotifyweb.sandbox.catalogue.discographies import later_tracks
from spotifyweb.sandbox.catalogue.music import Catalogue, Track, catalogue
from spotifyweb.sandbox.clock import Clock
from spotifyweb.sandbox.faults import Fault
from spotifyweb.sandbox.listeners.people import ACCOUNTS
from spotifyweb.sandbox.player.player import Player
from spotifyweb.sandbox.player.recently_played import RecentlyPlayedLimits
from spotifyweb.sandbox.quotas import Quotas
from spotifyweb.sandbox.tokens import Grant

# As Spotify behaves, for people; tests set what they need. How many calls Spotify allows in 30
# seconds is secret: ours is a guess.
REALISTIC_RECENTLY_PLAYED = RecentlyPlayedLimits(late_seconds=12, skips_left_out=0.7)
REALISTIC_RATE_LIMIT = 90
PROFILES = DEVMODE, LEGACY = ("devmode2026", "legacy")


@dataclass(slots=True, kw_only=True)
class Playlist:
    """A playlist with its tracks, and when each was added."""

    playlist_id: str
    account_id: str
    name: str
    description: str = ""
    is_public: bool = False
    tracks: list[tuple[Track, int]] = field(default_factory=list)  # Unix ms


@dataclass(slots=True, kw_only=True)
class SandboxState:
    seed: int = 1
    profile: str = DEVMODE
    clients: dict[str, str] = field(default_factory=lambda: {"sandbox-client": "sandbox-secret"})
    redirect_uris: set[str] = field(default_factory=set)  # empty: any well-formed loopback or HTTPS
    clock: Clock = field(default_factory=Clock)
    faults: list[Fault] = field(default_factory=list)
    quotas: Quotas = field(default_factory=Quotas)
    rate_limit: int | None = None  # calls of an app in any 30 seconds
    recently_played: RecentlyPlayedLimits = field(default_factory=RecentlyPlayedLimits)
    calls: Counter[str] = field(default_factory=Counter)
    used_codes: set[str] = field(default_factory=set)
    refreshes: Counter[str] = field(default_factory=Counter)
    revoked_ns: dict[str, int] = field(default_factory=dict)
    expired_ns: dict[str, int] = field(default_factory=dict)
    listed: set[str] = field(
        default_factory=lambda: {i for i, person in ACCOUNTS.items() if person.listed}
    )
    players: dict[str, Player] = field(default_factory=dict)
    relinked: dict[str, str] = field(default_factory=dict)  # the other id -> the catalogue's id
    created: list[Playlist] = field(default_factory=list)  # by apps, oldest first

    @property
    def catalogue(self) -> Catalogue:
        return catalogue(self.seed)

    @property
    def is_devmode(self) -> bool:
        return self.profile == DEVMODE

    def player(self, account_id: str) -> Player:
        """Return the account's player. Raises KeyError for an unknown account."""
        if account_id not in self.players:
            self.players[account_id] = Player(ACCOUNTS[account_id], seed=self.seed)
        return self.players[account_id]

    def track(self, track_id: str) -> Track:
        """Return a track by its id or its relinked id. Raises KeyError for an unknown one."""
        track_id = self.relinked.get(track_id, track_id)
        return self.catalogue.tracks.get(track_id) or later_tracks(self.seed)[track_id]

    def is_revoked(self, grant: Grant) -> bool:
        return grant.issued_ns <= self.revoked_ns.get(grant.account_id, 0)

    def is_expired(self, grant: Grant) -> bool:
        """Return whether the consent expired: after six months, or on demand."""
        if grant.issued_ns <= self.expired_ns.get(grant.account_id, 0):
            return True
        return bool(grant.expires_ms) and self.clock.now_ms() >= grant.expires_ms

    def next_fault(self, names: set[str], account_id: str) -> Fault | None:
        """Return the first fault that applies, and count it as having occurred."""
        now_ms = self.clock.now_ms()
        for fault in self.faults:
            if fault.applies_to(names=names, account_id=account_id, now_ms=now_ms):
                fault.hits += 1
                return fault
        return None

    def reset(self) -> None:
        """Reset everything but settings and grants: tokens stay valid."""
        self.clock.reset()
        self.faults.clear()
        self.quotas = Quotas()
        self.calls.clear()
        self.players.clear()
        self.revoked_ns.clear()
        self.expired_ns.clear()
        self.refreshes.clear()
        self.relinked.clear()
        self.created.clear()
