-- Grain: a listener (or '*', all of the house), a track and one of the 20 heard with it most often.
-- The documented baseline: a session is a listener's clock hour (UTC), both directions are kept,
-- a pair counts from its second session on. Score = sessions with both / sessions with a.

with plays as (
    select * from {{ ref('play_order') }}
),

mates as (
    select listener_no from {{ ref('housemates') }}
),

session_tracks as (
    select distinct
        listener_no,
        cast(datediff('hour', cast('2000-01-01' as timestamp), played_at) as integer) as hour_no,
        track_no
    from plays
),

listener_sessions as (
    select
        listener_no,
        track_no,
        count(*) as sessions
    from session_tracks
    group by listener_no, track_no
),

house_sessions as (
    select
        listener_sessions.track_no,
        sum(listener_sessions.sessions) as sessions
    from listener_sessions
    inner join mates on listener_sessions.listener_no = mates.listener_no
    group by listener_sessions.track_no
),

-- A session belongs to one listener, so the house's pairs are the sum of each member's
listener_pairs as (
    select
        a.listener_no,
        a.track_no as low_no,
        b.track_no as high_no,
        count(*) as sessions
    from session_tracks as a
    inner join session_tracks as b
        on a.listener_no = b.listener_no and a.hour_no = b.hour_no and a.track_no < b.track_no
    group by a.listener_no, a.track_no, b.track_no
),

house_pairs as (
    select
        listener_pairs.low_no,
        listener_pairs.high_no,
        sum(listener_pairs.sessions) as sessions
    from listener_pairs
    inner join mates on listener_pairs.listener_no = mates.listener_no
    group by listener_pairs.low_no, listener_pairs.high_no
    having sum(listener_pairs.sessions) >= 2
),

both_ways as (
    select
        0 as listener_no,
        low_no as a_no,
        high_no as b_no,
        sessions
    from house_pairs
    union all
    select
        0 as listener_no,
        high_no as a_no,
        low_no as b_no,
        sessions
    from house_pairs
    union all
    select
        listener_no,
        low_no as a_no,
        high_no as b_no,
        sessions
    from listener_pairs
    where sessions >= 2
    union all
    select
        listener_no,
        high_no as a_no,
        low_no as b_no,
        sessions
    from listener_pairs
    where sessions >= 2
),

ranked as (
    select
        *,
        row_number() over (partition by listener_no, a_no order by sessions desc, b_no) as place
    from both_ways
    qualify place <= 20
),

totals as (
    select
        listener_no,
        track_no,
        sessions
    from listener_sessions
    union all
    select
        0 as listener_no,
        track_no,
        sessions
    from house_sessions
),

named as (
    select
        coalesce(listeners.user_id, '*') as user_id,
        a.track_id as track_a,
        a_names.track_name as track_a_name,
        a_names.artist_name as artist_a_name,
        b.track_id as track_b,
        b_names.track_name as track_b_name,
        b_names.artist_name as artist_b_name,
        cast(ranked.sessions as integer) as sessions_together,
        cast(totals.sessions as integer) as sessions_a,
        cast(ranked.sessions as double) / totals.sessions as cooccurrence_score,
        cast(ranked.place as integer) as place,
        ranked.a_no,
        ranked.listener_no
    from ranked
    inner join totals
        on ranked.listener_no = totals.listener_no and ranked.a_no = totals.track_no
    inner join {{ ref('track_numbers') }} as a on ranked.a_no = a.track_no
    inner join {{ ref('track_numbers') }} as b on ranked.b_no = b.track_no
    left join
        {{ ref('listener_numbers') }} as listeners
        on ranked.listener_no = listeners.listener_no
    left join {{ ref('silver_tracks') }} as a_names on a.track_id = a_names.track_id
    left join {{ ref('silver_tracks') }} as b_names on b.track_id = b_names.track_id
),

-- Sorted by numbers, which is quicker than by names: whoever asks for one track reads one stretch
final as (
    select
        user_id,
        track_a,
        track_a_name,
        artist_a_name,
        track_b,
        track_b_name,
        artist_b_name,
        sessions_together,
        sessions_a,
        cooccurrence_score,
        place
    from named
    order by a_no, listener_no, place
)

select * from final
