-- Grain: one listener, one strategy, one kind and one track. Kinds: `household` (heard with their
-- tracks in other listeners' sessions, not yet played by them), `new` (never started, by artists
-- they play: new releases and the rest of half-known albums first), `second_chance` (saved or
-- left early, never played; after two such starts nothing else), `rediscovery` (own favourites
-- silent for 30 days). What is among the foremost of a kind by any strategy has a rank by each:
-- feedback moves it up. An artist is limited before the foremost are taken, and what was silent
-- for long has places of its own.
{% set p = var('recommendations') %}

with candidates as (
    select * from {{ ref('recommendation_candidates') }}
),

never_played as (
    select
        user_id,
        case
            when starts >= 2 then 'second_chance'
            when cooccurrence_score > 0 then 'household'
            when starts > 0 or liked_at is not null then 'second_chance'
            else 'new'
        end as kind,
        track_id,
        recording_id,
        track_name,
        artist_name,
        cooccurrence_score,
        artist_affinity,
        artist_recency_weight
        + {{ p['second_chance_weight'] }} * second_chance
        + case when released_on is not null then 1 else 0 end
        + case when album_tracks_played is not null then 1 else 0 end as transitions_score,
        because_track_id,
        because_track_name,
        sessions_together,
        sessions_a,
        artist_plays,
        artist_plays_last_30_days,
        liked_at,
        starts,
        last_started_at,
        released_on,
        album_tracks,
        album_tracks_played,
        0 as plays,
        0 as distinct_days,
        cast(null as datetime) as last_played_at,
        cast(null as double) as idle_days
    from candidates
),

rediscovered as (
    select
        user_id,
        'rediscovery' as kind,
        track_id,
        recording_id,
        track_name,
        artist_name,
        0 as cooccurrence_score,
        artist_affinity,
        rediscovery_score as transitions_score,
        cast(null as varchar) as because_track_id,
        cast(null as varchar) as because_track_name,
        cast(null as integer) as sessions_together,
        cast(null as integer) as sessions_a,
        artist_plays,
        artist_plays_last_30_days,
        cast(null as datetime) as liked_at,
        0 as starts,
        cast(null as datetime) as last_started_at,
        cast(null as date) as released_on,
        cast(null as bigint) as album_tracks,
        cast(null as bigint) as album_tracks_played,
        plays,
        distinct_days,
        last_played_at,
        idle_days
    from {{ ref('rediscovery') }}
),

recommendable as (
    select * from never_played
    union all
    select * from rediscovered
),

baseline as (
    select
        *,
        (0.7 * cooccurrence_score + 0.3 * artist_affinity / 100) * 100 as baseline_score,
        coalesce(idle_days > {{ p['long_silence_days'] }}, false) as is_long_silent
    from recommendable
),

-- One branch for each strategy; the other's score decides between equal ones. Only the
-- columns that rank: with all columns the windows below take twice as long.
scored as (
    select
        user_id,
        kind,
        track_id,
        artist_name,
        is_long_silent,
        'transitions' as strategy,
        transitions_score as score,
        baseline_score as second_score
    from baseline
    union all
    select
        user_id,
        kind,
        track_id,
        artist_name,
        is_long_silent,
        'cooccurrence' as strategy,
        baseline_score as score,
        transitions_score as second_score
    from baseline
),

ranked as (
    select
        *,
        cast(row_number() over (
            partition by user_id, strategy, kind
            order by score desc, second_score desc, track_id
        ) as integer) as rank,
        row_number() over (
            partition by user_id, strategy, kind, is_long_silent, artist_name
            order by score desc, second_score desc, track_id
        ) <= {{ p['per_artist'] | int }} as is_within_limit
    from scored
),

-- Ranked among those that the limit leaves, and without it for those who ask for more per artist
limited as (
    select
        *,
        row_number() over (
            partition by user_id, strategy, kind, is_long_silent, is_within_limit order by rank
        ) as limited_rank
    from ranked
),

foremost as (
    select
        *,
        min(case when is_within_limit then least(rank, limited_rank) else rank end) over (
            partition by user_id, kind, track_id
        ) as best_rank
    from limited
),

final as (
    select
        foremost.user_id,
        foremost.strategy,
        foremost.kind,
        foremost.rank,
        foremost.track_id,
        baseline.recording_id,
        baseline.track_name,
        baseline.artist_name,
        foremost.score,
        baseline.cooccurrence_score,
        baseline.artist_affinity,
        baseline.because_track_id,
        baseline.because_track_name,
        baseline.sessions_together,
        baseline.sessions_a,
        baseline.artist_plays,
        baseline.artist_plays_last_30_days,
        baseline.liked_at,
        baseline.starts,
        baseline.last_started_at,
        baseline.released_on,
        baseline.album_tracks,
        baseline.album_tracks_played,
        baseline.plays,
        baseline.distinct_days,
        baseline.last_played_at,
        baseline.idle_days
    from foremost
    inner join baseline
        on
            foremost.user_id = baseline.user_id
            and foremost.kind = baseline.kind
            and foremost.track_id = baseline.track_id
    where foremost.best_rank <= {{ p['list_rows'] | int }}
)

select * from final
order by user_id, strategy, kind, rank
