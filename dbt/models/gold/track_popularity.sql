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

of_listeners as (
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

of_the_house as (
    select
        'house' as scope,
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

together as (
    select * from of_listeners
    union all
    select * from of_the_house
),

final as (
    select
        together.scope,
        together.user_id,
        together.track_id,
        tracks.recording_id,
        tracks.track_name,
        tracks.artist_name,
        tracks.album_name,
        together.plays,
        together.skips,
        together.heard_ms,
        together.listeners,
        together.skips / nullif(cast(together.plays + together.skips as double), 0) as skip_rate,
        together.first_at,
        together.last_at,
        row_number() over (
            partition by together.scope, together.user_id
            order by together.plays desc, together.heard_ms desc, together.track_id
        ) as popularity_rank
    from together
    inner join tracks on together.track_id = tracks.track_id
)

select * from final
