-- Grain: one listener and one of their tracks that has been silent for 30 days, best first: played
-- on many days, and still present to them. What a rule leaves out reminds nobody.
{% set p = var('recommendations') %}

with played as (
    select * from {{ ref('activation') }}
),

final as (
    select
        played.user_id,
        played.track_id,
        played.recording_id,
        played.track_name,
        played.artist_name,
        coalesce(affinities.affinity_score, 0) as artist_affinity,
        coalesce(weights.plays, 0) as artist_plays,
        coalesce(weights.plays_last_30_days, 0) as artist_plays_last_30_days,
        played.plays,
        played.distinct_days,
        played.last_played_at,
        played.idle_days,
        ln(1 + played.distinct_days) + ln(played.raw_activation) as rediscovery_score
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
)

select * from final
