"""One table of sources, and dbt, erasure and pages that follow it."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from spotifyweb.dashboards.templatetags import formatting
from spotifyweb.lake.sources import SOURCES, UNRANKED, source_of
from spotifyweb.privacy import registry

MACRO = re.compile(r"macro source_rank\(source\).*?endmacro", re.DOTALL)
KNOWN_TO_TESTS = ("recently_played", "player", "extended_history", "account_data", "simulation")


def test_dbt_ranks_sources_as_the_table_does() -> None:
    macros = "".join(p.read_text() for p in Path(settings.BASE_DIR, "dbt/macros").glob("*.sql"))
    [macro] = MACRO.findall(macros)
    ranks = {name: int(rank) for name, rank in re.findall(r"when '(\w+)' then (\d)", macro)}
    assert ranks == {name: s.rank for name, s in SOURCES.items() if s.rank != UNRANKED}
    assert re.findall(r"else (\d)", macro) == [str(UNRANKED)]
    assert sorted(ranks.values()) == list(range(1, UNRANKED)), "no two sources share a rank"


def test_what_came_through_the_api_leaves_with_the_consent() -> None:
    through_the_api = {name for name, source in SOURCES.items() if source.is_spotify_api}
    assert through_the_api == {"player", "recently_played", "saved_tracks"}
    assert through_the_api == set(registry.spotify_sources())


@pytest.mark.parametrize("name", KNOWN_TO_TESTS)
def test_each_source_of_plays_has_words_of_its_own(name: str) -> None:
    words = {formatting.source(name), formatting.source_words(name), formatting.source_hint(name)}
    assert len(words) == 3
    assert name not in words


def test_an_unknown_source_is_called_by_its_name_and_ranks_last() -> None:
    assert formatting.source("mini_disc") == formatting.source_words("mini_disc") == "mini disc"
    assert formatting.source_hint("mini_disc") == "mini_disc"
    assert source_of("mini_disc").rank > max(SOURCES[name].rank for name in KNOWN_TO_TESTS)
