-- Grain: one listener and one artist, every one they ever played: their plays with a half-life of
-- 90 days, as of the build; `recency_weight` is 1 for the foremost.

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
        count(case when age_days <= 30 then 1 end) as plays_last_30_days,
        count(distinct track_id) as distinct_tracks,
        max(played_at) as last_played_at,
        sum(
            power(2, -greatest(age_days, 0) / {{ var('recommendations')['half_life_days'] }})
        ) as weighted_plays
    from aged
    group by user_id, artist_name
),

final as (
    select
        *,
        weighted_plays / max(weighted_plays) over (partition by user_id) as recency_weight
    from weighted
)

select * from final
order by user_id, artist_name
