with

plays as (
    select * from {{ ref('silver_plays') }}
),

tracks as (
    select * from {{ ref('silver_tracks') }}
),

numbered as (
    select
        *,
        row_number() over (partition by user_id order by ended_at desc, event_id) as recency
    from plays
),

final as (
    select
        numbered.user_id,
        numbered.recency,
        numbered.event_id,
        numbered.track_id,
        numbered.release_track_id,
        numbered.recording_id,
        numbered.track_name,
        numbered.artist_id,
        numbered.artist_name,
        numbered.folded_artist_name,
        numbered.album_id,
        numbered.album_name,
        numbered.folded_album_name,
        tracks.image_url,
        numbered.duration_ms,
        numbered.heard_ms,
        numbered.started_at,
        numbered.ended_at,
        numbered.local_at,
        numbered.local_date,
        numbered.device_type,
        numbered.device_name,
        numbered.platform,
        numbered.content_type,
        numbered.context,
        numbered.source,
        numbered.sources,
        numbered.skipped,
        numbered.session_id
    from numbered
    left join tracks on numbered.release_track_id = tracks.track_id
    where numbered.recency <= 500
)

select * from final
