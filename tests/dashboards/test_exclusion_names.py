"""Names that a rule can have are offered: the most played at once, every other while one types."""

from collections import Counter
from html import escape

from spotifyweb.accounts.models import Listener
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of


def test_names_are_suggested_most_played_first(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    plays = Counter(
        one.artist_name for one in listens_of(all_heard, "kavya", lambda one: one.is_play)
    )
    artists = dict(shown(kavya, "/rules/")["suggestions"])["Artist"]
    music = [name for name in artists if name in plays]
    assert set(music) == {name for name in plays if name}
    assert [plays[name] for name in music] == sorted(plays.values(), reverse=True)


def test_every_played_name_is_suggested_while_one_types_part_of_it(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    plays = Counter(
        f"{one.track_name} – {one.artist_name}"
        for one in listens_of(all_heard, "kavya", lambda one: one.is_play)
        if one.content_type == "track"
    )
    rarest = min(plays, key=lambda name: (plays[name], name))
    browser = browser_of(kavya)
    html = browser.get("/rules/suggestions/", {"q": rarest.upper()}).content.decode()
    assert f'<option value="{escape(rarest)}" label="Track">' in html
    assert browser.get("/rules/suggestions/", {"q": "qqqqq"}).content.decode().strip() == ""
