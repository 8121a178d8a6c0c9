with

listens as (
    select * from {{ ref('silver_listens') }}
    where event_type = 'play'
),

tracks as (
    select * from {{ ref('track_numbers') }}
),

-- a session later in time has the higher number: whole numbers are quicker to match than names
sessions as (
    select
        session_id,
        cast(
            row_number() over (partition by user_id order by started_at, session_id) as integer
        ) as session_no
    from {{ ref('silver_sessions') }}
),

final as (
    select distinct
        listens.user_id,
        sessions.session_no,
        tracks.track_no,
        releases.track_no as release_no
    from listens
    inner join sessions on listens.session_id = sessions.session_id
    inner join tracks on listens.track_id = tracks.track_id
    inner join tracks as releases on listens.release_track_id = releases.track_id
)

select * from final
order by user_id, session_no
