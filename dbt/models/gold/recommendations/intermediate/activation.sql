-- Grain: one listener and one track of their plays that count. How present it is in their memory:
-- each play adds (age in days + 1/2)^(-1/2), as of the build. `activation` is 1 for their foremost.

with plays as (
    select * from {{ ref('eligible_listens') }}
    where event_type = 'play'
),

names as (
    select * from {{ ref('silver_tracks') }}
),

summed as (
    select
        user_id,
        track_id,
        max(artist_name) as artist_name,
        count(*) as plays,
        count(distinct local_date) as distinct_days,
        min(played_at) as first_played_at,
        max(played_at) as last_played_at,
        sum({{ memory(days_between('played_at', recommendations_as_of())) }}) as raw_activation,
        sum(
            power(2, -greatest({{ days_between('played_at', recommendations_as_of()) }}, 0))
        ) as recent_plays
    from plays
    group by user_id, track_id
),

final as (
    select
        listeners.listener_no,
        tracks.track_no,
        summed.user_id,
        summed.track_id,
        names.recording_id,
        names.track_name,
        summed.artist_name,
        names.album_name,
        summed.plays,
        summed.distinct_days,
        summed.first_played_at,
        summed.last_played_at,
        {{ days_between('summed.last_played_at', recommendations_as_of()) }} as idle_days,
        summed.raw_activation,
        summed.recent_plays,
        summed.raw_activation
        / max(summed.raw_activation) over (partition by summed.user_id) as activation,
        cast(summed.plays as double)
        / sum(summed.plays) over (partition by summed.user_id, summed.artist_name)
            as artist_share,
        cast(
            row_number() over (
                partition by summed.user_id
                order by summed.raw_activation desc, summed.track_id
            ) as integer
        ) as rank
    from summed
    inner join {{ ref('listener_numbers') }} as listeners
        on summed.user_id = listeners.user_id
    inner join {{ ref('track_numbers') }} as tracks on summed.track_id = tracks.track_id
    left join names on summed.track_id = names.track_id
)

select * from final
order by listener_no, artist_name, track_no
