-- Grain: one listener and one track of their plays that count. How present it is in their memory:
-- each play adds (age in days + 1/2)^(-1/2), as of the build. `activation` is 1 for their foremost.

with plays as (
    select * from {{ ref('counted_listens') }}
    where event_type = 'play'
),

names as (
    select * from {{ ref('silver_tracks') }}
),

remembered as (
    select
        user_id,
        track_id,
        max(artist_name) as artist_name,
        count(*) as plays,
        count(distinct local_date) as distinct_days,
        min(played_at) as first_played_at,
        max(played_at) as last_played_at,
        sum({{ memory(days_between('played_at', recommending_as_of())) }}) as raw_activation
    from plays
    group by user_id, track_id
),

final as (
    select
        listeners.listener_no,
        tracks.track_no,
        remembered.user_id,
        remembered.track_id,
        names.recording_id,
        names.track_name,
        remembered.artist_name,
        names.album_name,
        remembered.plays,
        remembered.distinct_days,
        remembered.first_played_at,
        remembered.last_played_at,
        {{ days_between('remembered.last_played_at', recommending_as_of()) }} as idle_days,
        remembered.raw_activation,
        remembered.raw_activation
        / max(remembered.raw_activation) over (partition by remembered.user_id) as activation,
        cast(remembered.plays as double)
        / sum(remembered.plays) over (partition by remembered.user_id, remembered.artist_name)
            as artist_share,
        cast(
            row_number() over (
                partition by remembered.user_id
                order by remembered.raw_activation desc, remembered.track_id
            ) as integer
        ) as place
    from remembered
    inner join {{ ref('listener_numbers') }} as listeners
        on remembered.user_id = listeners.user_id
    inner join {{ ref('track_numbers') }} as tracks on remembered.track_id = tracks.track_id
    left join names on remembered.track_id = names.track_id
)

select * from final
order by listener_no, artist_name, track_no
