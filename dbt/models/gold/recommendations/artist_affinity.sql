-- Grain: one listener and one of their 50 top artists. Plays within 7 days count 2.0, within
-- 30 days 1.5, older ones 1.0, as of the build; 100 is the listener's own top artist.

with plays as (
    select
        user_id,
        track_id,
        artist_name,
        played_at
    from {{ ref('eligible_listens') }}
    where event_type = 'play' and artist_name is not null
),

aged as (
    select
        *,
        {{ days_between('played_at', recommendations_as_of()) }} as age_days
    from plays
),

weighted as (
    select
        user_id,
        artist_name,
        count(*) as plays,
        count(distinct track_id) as distinct_tracks,
        max(played_at) as last_played_at,
        sum(case when age_days <= 7 then 2.0 when age_days <= 30 then 1.5 else 1.0 end)
            as weighted_plays
    from aged
    group by user_id, artist_name
),

final as (
    select
        user_id,
        artist_name,
        plays as total_plays,
        distinct_tracks as unique_tracks,
        last_played_at,
        cast(weighted_plays as double) as weighted_plays,
        cast(100.0 * weighted_plays as double)
        / max(weighted_plays) over (partition by user_id) as affinity_score,
        cast(row_number() over (
            partition by user_id order by weighted_plays desc, artist_name
        ) as integer) as affinity_rank
    from weighted
    qualify affinity_rank <= 50
)

select * from final
order by user_id, affinity_rank
