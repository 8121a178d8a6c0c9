-- Grain: a listener (or 0, the household), a track and one of the 20 heard with it most often.
-- The documented baseline: a session is a listener's clock hour (UTC), both directions are kept,
-- a pair counts from its second session on. Score = sessions with both / sessions with a.
-- In numbers only: writing names costs as much as finding the pairs, `track_cooccurrence` has them.

with members as (
    select listener_no from {{ ref('household_members') }}
),

-- A listener's hour is one number; track by track, so that a pair's sessions are counted in a row
session_tracks as (
    select distinct
        listener_no,
        cast(listener_no as bigint) * 1000000
        + datediff('hour', cast('2000-01-01' as datetime), played_at) as session_no,
        track_no
    from {{ ref('play_sequence') }}
    order by listener_no, track_no
),

listener_sessions as (
    select
        listener_no,
        track_no,
        cast(count(*) as integer) as sessions
    from session_tracks
    group by listener_no, track_no
),

household_sessions as (
    select
        0 as listener_no,
        listener_sessions.track_no,
        cast(sum(listener_sessions.sessions) as integer) as sessions
    from listener_sessions
    inner join members on listener_sessions.listener_no = members.listener_no
    group by listener_sessions.track_no
),

totals as (
    select * from listener_sessions
    union all
    select * from household_sessions
),

-- A session belongs to one listener, so the household's pairs are the sum of each member's
listener_pairs as (
    select
        a.listener_no,
        a.track_no as low_no,
        b.track_no as high_no,
        cast(count(*) as integer) as sessions
    from session_tracks as a
    inner join session_tracks as b
        on a.session_no = b.session_no and a.track_no < b.track_no
    group by a.listener_no, a.track_no, b.track_no
),

household_pairs as (
    select
        0 as listener_no,
        listener_pairs.low_no,
        listener_pairs.high_no,
        cast(sum(listener_pairs.sessions) as integer) as sessions
    from listener_pairs
    inner join members on listener_pairs.listener_no = members.listener_no
    group by listener_pairs.low_no, listener_pairs.high_no
),

pairs as (
    select * from listener_pairs
    where sessions >= 2
    union all
    select * from household_pairs
    where sessions >= 2
),

both_ways as (
    select
        listener_no,
        low_no as a_no,
        high_no as b_no,
        sessions
    from pairs
    union all
    select
        listener_no,
        high_no as a_no,
        low_no as b_no,
        sessions
    from pairs
),

ranked as (
    select
        *,
        cast(
            row_number() over (
                partition by listener_no, a_no order by sessions desc, b_no
            ) as integer
        ) as rank
    from both_ways
    qualify rank <= 20
),

final as (
    select
        ranked.listener_no,
        ranked.a_no,
        ranked.b_no,
        ranked.sessions as sessions_together,
        totals.sessions as sessions_a,
        cast(ranked.sessions as double) / totals.sessions as cooccurrence_score,
        ranked.rank
    from ranked
    inner join totals
        on ranked.listener_no = totals.listener_no and ranked.a_no = totals.track_no
)

select * from final
order by a_no, listener_no, rank
