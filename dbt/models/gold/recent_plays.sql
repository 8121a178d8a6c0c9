with

-- the columns that order plays: what is read twice is kept whole, with every column of a lifetime
times as (
    select
        event_id,
        user_id,
        ended_at
    from {{ ref('silver_plays') }}
),

plays as (
    select * from {{ ref('silver_plays') }}
),

tracks as (
    select * from {{ ref('silver_tracks') }}
),

-- only keys are sorted: whole rows of a lifetime would not fit into a small machine's memory
ranked as (
    select
        event_id,
        row_number() over (partition by user_id order by ended_at desc, event_id) as recency
    from times
),

recent as (
    select * from ranked
    where recency <= 500
),

final as (
    select
        plays.user_id,
        recent.recency,
        plays.event_id,
        plays.track_id,
        plays.release_track_id,
        plays.recording_id,
        plays.track_name,
        plays.artist_id,
        plays.artist_name,
        plays.folded_artist_name,
        plays.album_id,
        plays.album_name,
        plays.folded_album_name,
        tracks.image_url,
        plays.duration_ms,
        plays.heard_ms,
        plays.started_at,
        plays.ended_at,
        plays.local_at,
        plays.local_date,
        plays.device_type,
        plays.device_name,
        plays.platform,
        plays.content_type,
        plays.context,
        plays.source,
        plays.sources,
        plays.skipped,
        plays.session_id
    from plays
    inner join recent on plays.event_id = recent.event_id
    left join tracks on plays.release_track_id = tracks.track_id
)

select * from final
