-- Grain: one listener and one own day on which they listened.
with

listening as (
    select * from {{ ref('silver_listening') }}
),

plays as (
    select * from {{ ref('silver_plays') }}
),

days as (
    select
        user_id,
        local_date,
        cast(sum(plays) as bigint) as total_plays,
        count(distinct case when plays > 0 then track_id end) as unique_tracks,
        count(distinct case when plays > 0 then artist_name end) as unique_artists,
        cast(sum(heard_ms) as double) / 60000 as total_minutes_listened
    from listening
    group by user_id, local_date
),

durations as (
    select
        user_id,
        local_date,
        cast(avg(duration_ms) as double) as avg_track_duration_ms
    from plays
    group by user_id, local_date
),

final as (
    select
        days.user_id,
        days.local_date as date,
        days.total_plays,
        days.unique_tracks,
        days.unique_artists,
        days.total_minutes_listened,
        durations.avg_track_duration_ms
    from days
    left join durations
        on days.user_id = durations.user_id and days.local_date = durations.local_date
)

select * from final
order by user_id, date
