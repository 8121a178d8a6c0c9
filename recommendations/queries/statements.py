"""SQL on gold for one listener, as both engines understand it."""

import re
from collections.abc import Iterable

ID = re.compile(r"[0-9A-Za-z:_-]+")  # no quote can be in it

SOURCES = """
select releases.release_track_id, tracks.track_id, tracks.track_no, tracks.track_name,
    tracks.artist_name, tracks.artist_spelling, tracks.album_name
from gold.releases as releases
inner join gold.numbered_tracks as tracks on tracks.track_id = releases.track_id
where releases.release_track_id in ({ids})
union all
select '*' as release_track_id, '*' as track_id, listener_no as track_no, null, null, null, null
from gold.listener_numbers where user_id = ?
order by track_no
"""
# One branch for each source: an equation lets DuckDB skip what a list of numbers makes it read
OWN = """
select source_no, target_no, strength, source_plays, true as is_own
from gold.transitions where listener_no = {listener_no} and source_no = {source_no}
"""
HOUSEHOLD = """
select source_no, target_no, strength, source_plays, false as is_own
from gold.household_transitions where source_no = {source_no}
"""
FOLLOWING = """
select
    source_no, strength, source_plays, is_own,
    tracks.track_id, tracks.track_no, tracks.track_name, tracks.artist_name,
    tracks.artist_spelling, tracks.album_name, activation, artist_share, plays, distinct_days,
    recent_plays, mine.last_played_at, mine.idle_days
from ({following}) as following
inner join gold.numbered_tracks as tracks on tracks.track_no = following.target_no
left join gold.activation as mine
    on mine.listener_no = {listener_no} and mine.track_no = following.target_no
"""
KNOWN_TRACKS = """
select
    track_id, track_no, track_name, artist_name, album_name,
    activation, artist_share, plays, distinct_days, recent_plays, last_played_at, idle_days
from gold.activation
where listener_no = {listener_no}
    and (artist_name = ? or rank <= {top} or track_no in ({numbers}))
"""
TRACKS = """
select release_track_id as track_id, track_name, artist_name, album_name, image_url, url
from gold.releases where release_track_id in ({placeholders})
"""
RELEASES = """
select others.release_track_id from gold.releases as others
inner join gold.releases as named on named.track_id = others.track_id
where named.release_track_id = ?
"""
PAIRS = """
select
    tracks.track_id, tracks.track_name, tracks.artist_name, tracks.artist_spelling,
    tracks.album_name, cooccurrence_score
from gold.track_pairs as pairs
inner join gold.numbered_tracks as tracks on tracks.track_no = pairs.b_no
where pairs.a_no = {track_no} and pairs.listener_no in ({whose})
"""
AFFINITIES = "select artist_name, affinity_score from gold.artist_affinity where user_id = ?"
LISTS = """
select lists.*, tracks.album_name, tracks.image_url, tracks.url
from gold.recommendation_lists as lists
left join gold.tracks as tracks on tracks.track_id = lists.track_id
where lists.user_id = ? and lists.strategy = ? order by lists.kind, lists.rank
"""
TOP_RECOMMENDATIONS = """
select
    recommendation_rank, track_id, track_name, artist_name, recommendation_score,
    cooccurrence_score, artist_score, num_source_tracks, recommendation_reason, generated_at
from gold.track_recommendations
where user_id = ? and recommendation_rank <= ? order by recommendation_rank
"""
LAST_PLAYS = """
select track_id, ended_at from gold.recent_plays
where user_id = ? and content_type = 'track'
order by ended_at desc limit 60
"""


def sql_numbers(numbers: Iterable[int]) -> str:
    """Return our own numbers as SQL: hundreds of parameters cost DuckDB ten times as much."""
    return ", ".join(str(int(number)) for number in numbers) or "null"


def sql_ids(ids: Iterable[str]) -> str:
    """Return ids as SQL for the same reason; what cannot be an id is left out."""
    return ", ".join(f"'{each}'" for each in sorted(set(ids)) if ID.fullmatch(each)) or "null"
