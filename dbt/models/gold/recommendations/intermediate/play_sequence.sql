-- Grain: one play that counts. Who heard what in which order, in whole numbers: the floor of the
-- heavy joins. play_no counts all of a listener's plays from 1: two tracks with excluded ones
-- between them are as far apart as they were heard. Sessions are those of silver. Tracks are
-- everybody's: what follows what is no question of one listener's corrections.

with plays as (
    select * from {{ ref('silver_listens') }}
    where content_type = 'track' and event_type = 'play'
),

sessions as (
    select
        session_id,
        row_number() over (partition by user_id order by started_at, session_id) as session_no
    from {{ ref('silver_sessions') }}
),

excluded as (
    select event_id from {{ ref('excluded_listens') }}
),

numbered as (
    select
        listeners.listener_no,
        tracks.track_no,
        cast(sessions.session_no as integer) as session_no,
        cast(plays.started_at as datetime) as started_at,
        cast(plays.played_at as datetime) as played_at,
        cast(extract(hour from plays.local_at) as integer) as local_hour,
        excluded.event_id is not null as is_excluded
    from plays
    inner join {{ ref('listener_numbers') }} as listeners on plays.user_id = listeners.user_id
    inner join {{ ref('track_numbers') }} as tracks
        on plays.shared_track_id = tracks.track_id
    inner join sessions on plays.session_id = sessions.session_id
    left join excluded on plays.event_id = excluded.event_id
),

ordered as (
    select
        *,
        row_number() over (
            partition by listener_no order by played_at, started_at, track_no
        ) as play_no
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
        session_no,
        {{ growth_since_2020('played_at') }} as growth
    from ordered
    where not is_excluded
)

select * from final
order by listener_no, play_no
