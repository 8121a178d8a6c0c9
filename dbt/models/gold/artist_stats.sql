with

listens as (
    select * from {{ ref('silver_listens') }}
    where content_type = 'track' and artist_name is not null
),

-- one row per artist, track and day of a listener: small enough to look at twice
days as (
    select
        user_id,
        artist_name,
        shared_artist_id,
        shared_artist_name,
        track_id,
        shared_track_id,
        local_date,
        max(artist_id) as artist_id,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        cast(coalesce(sum(heard_ms), 0) as bigint) as heard_ms,
        min(started_at) as first_at,
        max(ended_at) as last_at
    from listens
    group by
        user_id, artist_name, shared_artist_id, shared_artist_name, track_id, shared_track_id,
        local_date
),

listener_totals as (
    select
        'listener' as scope,
        user_id,
        artist_name,
        max(artist_id) as artist_id,
        cast(sum(plays) as bigint) as plays,
        cast(sum(skips) as bigint) as skips,
        cast(sum(heard_ms) as bigint) as heard_ms,
        count(distinct case when plays > 0 then track_id end) as distinct_tracks,
        count(distinct case when plays > 0 then local_date end) as distinct_days,
        cast(case when sum(plays) > 0 then 1 else 0 end as bigint) as listeners,
        min(first_at) as first_at,
        max(last_at) as last_at
    from days
    group by user_id, artist_name
),

household_totals as (
    select
        'household' as scope,
        '' as user_id,
        shared_artist_name as artist_name,
        max(shared_artist_id) as artist_id,
        cast(sum(plays) as bigint) as plays,
        cast(sum(skips) as bigint) as skips,
        cast(sum(heard_ms) as bigint) as heard_ms,
        count(distinct case when plays > 0 then shared_track_id end) as distinct_tracks,
        count(distinct case when plays > 0 then local_date end) as distinct_days,
        count(distinct case when plays > 0 then user_id end) as listeners,
        min(first_at) as first_at,
        max(last_at) as last_at
    from days
    group by shared_artist_name
),

unioned as (
    select * from listener_totals
    union all
    select * from household_totals
),

final as (
    select
        scope,
        user_id,
        artist_name,
        artist_id,
        plays as total_plays,
        skips,
        heard_ms,
        heard_ms / cast(60000 as double) as total_minutes_listened,
        distinct_tracks as unique_tracks,
        distinct_days,
        listeners as unique_listeners,
        first_at,
        last_at,
        row_number() over (
            partition by scope, user_id
            order by plays desc, heard_ms desc, artist_name
        ) as artist_rank
    from unioned
)

select * from final
