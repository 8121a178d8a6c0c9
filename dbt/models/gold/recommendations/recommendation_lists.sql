-- Grain: one listener, one kind and one track. Kinds: `household` (heard with their tracks in other
-- listeners' sessions, not yet played by them), `new` (never played, by artists they play, liked,
-- or once left early), `rediscovery` (own favourites silent for 30 days, never shown as new).
-- `recommendation_score` is the documented baseline; `strategy_score` is the default strategy's.
{% set p = var('recommendations') %}

with candidates as (
    select * from {{ ref('recommendation_candidates') }}
),

played as (
    select * from {{ ref('activation') }}
),

never_played as (
    select
        user_id,
        case when cooccurrence_score > 0 then 'household' else 'new' end as kind,
        track_id,
        recording_id,
        track_name,
        artist_name,
        cooccurrence_score,
        artist_affinity,
        artist_recency_weight + {{ p['second_chance_weight'] }} * second_chance as strategy_score,
        because_track_id,
        because_track_name,
        sessions_together,
        sessions_a,
        artist_plays,
        artist_plays_last_30_days,
        liked_at,
        starts,
        last_started_at,
        0 as plays,
        0 as distinct_days,
        cast(null as timestamp) as last_played_at,
        cast(null as double) as idle_days
    from candidates
),

rediscovered as (
    select
        played.user_id,
        'rediscovery' as kind,
        played.track_id,
        played.recording_id,
        played.track_name,
        played.artist_name,
        0 as cooccurrence_score,
        coalesce(affinities.affinity_score, 0) as artist_affinity,
        ln(1 + played.distinct_days) + ln(played.raw_activation) as strategy_score,
        cast(null as varchar) as because_track_id,
        cast(null as varchar) as because_track_name,
        cast(null as integer) as sessions_together,
        cast(null as integer) as sessions_a,
        coalesce(weights.plays, 0) as artist_plays,
        coalesce(weights.plays_last_30_days, 0) as artist_plays_last_30_days,
        cast(null as timestamp) as liked_at,
        0 as starts,
        cast(null as timestamp) as last_started_at,
        played.plays,
        played.distinct_days,
        played.last_played_at,
        played.idle_days
    from played
    left join {{ ref('artist_affinity') }} as affinities
        on played.user_id = affinities.user_id and played.artist_name = affinities.artist_name
    left join {{ ref('artist_recency_weights') }} as weights
        on played.user_id = weights.user_id and played.artist_name = weights.artist_name
    left join {{ ref('excluded_tracks') }} as excluded
        on played.user_id = excluded.user_id and played.track_id = excluded.track_id
    where
        played.idle_days >= {{ p['rediscovery_idle_days'] }}
        and excluded.track_id is null
),

everything as (
    select * from never_played
    union all
    select * from rediscovered
),

scored as (
    select
        *,
        (0.7 * cooccurrence_score + 0.3 * artist_affinity / 100) * 100 as recommendation_score
    from everything
),

ranked as (
    select
        *,
        cast(row_number() over (
            partition by user_id, kind
            order by recommendation_score desc, strategy_score desc, track_id
        ) as integer) as rank,
        cast(row_number() over (
            partition by user_id, kind
            order by strategy_score desc, recommendation_score desc, track_id
        ) as integer) as strategy_rank
    from scored
),

-- The kinds take turns, so that a listener's 50 hold some of each there is
final as (
    select
        *,
        cast(row_number() over (
            partition by user_id order by rank, recommendation_score desc, kind
        ) as integer) as list_rank
    from ranked
    where rank <= 50 or strategy_rank <= 50
)

select * from final
order by user_id, kind, rank
