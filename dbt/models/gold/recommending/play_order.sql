-- Grain: one play. Who heard what in which order, in whole numbers: the floor of the heavy joins.
-- A session ends with 30 minutes of silence; play_no counts a listener's plays from 1.
{% set p = var('recommending') %}

with plays as (
    select
        user_id,
        track_id,
        cast(started_at as timestamp) as started_at,
        cast(played_at as timestamp) as played_at,
        cast(date_part('hour', local_at) as integer) as local_hour
    from {{ ref('silver_plays') }}
    where content_type = 'track'
),

numbered as (
    select
        listeners.listener_no,
        tracks.track_no,
        plays.started_at,
        plays.played_at,
        plays.local_hour
    from plays
    inner join {{ ref('listener_numbers') }} as listeners on plays.user_id = listeners.user_id
    inner join {{ ref('track_numbers') }} as tracks on plays.track_id = tracks.track_id
),

ordered as (
    select
        *,
        row_number() over (
            partition by listener_no order by played_at, started_at, track_no
        ) as play_no,
        datediff(
            'second',
            lag(played_at) over (
                partition by listener_no order by played_at, started_at, track_no
            ),
            started_at
        ) as silence_seconds
    from numbered
),

final as (
    select
        listener_no,
        track_no,
        started_at,
        played_at,
        local_hour,
        cast(play_no as integer) as play_no,
        cast(
            sum(case when silence_seconds <= {{ p['session_gap_minutes'] }} * 60 then 0 else 1 end)
                over (
                    partition by listener_no
                    order by play_no
                    rows between unbounded preceding and current row
                )
            as integer
        ) as session_no,
        {{ growth_since_2020('played_at') }} as growth
    from ordered
)

select * from final
order by listener_no, play_no
