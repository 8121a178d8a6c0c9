with

user_tracks as (
    select * from {{ ref('user_tracks') }}
    where content_type = 'track'
),

user_releases as (
    select * from {{ ref('user_releases') }}
    where content_type = 'track'
),

tracks as (
    select * from {{ ref('silver_tracks') }}
),

listener_totals as (
    select
        'listener' as scope,
        user_id,
        track_id,
        plays,
        skips,
        heard_ms,
        cast(case when plays > 0 then 1 else 0 end as bigint) as listeners,
        first_at,
        last_at
    from user_tracks
),

household_totals as (
    select
        'household' as scope,
        '' as user_id,
        shared_track_id as track_id,
        cast(sum(plays) as bigint) as plays,
        cast(sum(skips) as bigint) as skips,
        cast(sum(heard_ms) as bigint) as heard_ms,
        count(distinct case when plays > 0 then user_id end) as listeners,
        min(first_at) as first_at,
        max(last_at) as last_at
    from user_releases
    group by shared_track_id
),

unioned as (
    select * from listener_totals
    union all
    select * from household_totals
),

final as (
    select
        unioned.scope,
        unioned.user_id,
        unioned.track_id,
        tracks.recording_id,
        tracks.track_name,
        tracks.artist_name,
        tracks.album_name,
        unioned.plays as play_count,
        unioned.skips,
        unioned.heard_ms,
        unioned.listeners as unique_listeners,
        unioned.heard_ms / nullif(cast(unioned.plays + unioned.skips as double), 0)
            as avg_listen_duration,
        unioned.skips / nullif(cast(unioned.plays + unioned.skips as double), 0) as skip_rate,
        unioned.first_at,
        unioned.last_at,
        row_number() over (
            partition by unioned.scope, unioned.user_id
            order by unioned.plays desc, unioned.heard_ms desc, unioned.track_id
        ) as popularity_rank
    from unioned
    inner join tracks on unioned.track_id = tracks.track_id
)

select * from final
