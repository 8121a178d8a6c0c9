{{ config(materialized='view') }}

with

listens as (
    select * from {{ ref('silver_release_listens') }}
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

final as (
    select
        listens.event_id,
        listens.user_id,
        listens.event_type,
        coalesce(recordings.representative_id, listens.track_id) as track_id,
        listens.track_id as release_track_id,
        recordings.recording_id,
        listens.track_name,
        coalesce(recordings.artist_id, listens.artist_id) as artist_id,
        coalesce(recordings.artist_name, listens.artist_name) as artist_name,
        recordings.folded_artist_name,
        listens.album_id,
        listens.album_name,
        recordings.folded_album_name,
        listens.duration_ms,
        listens.ms_played,
        listens.heard_ms,
        listens.started_at,
        listens.ended_at,
        listens.played_at,
        listens.local_at,
        listens.local_date,
        listens.timezone,
        listens.utc_offset_minutes,
        listens.listening_from,
        listens.spans_hours,
        listens.device_type,
        listens.device_name,
        listens.platform,
        listens.content_type,
        listens.context,
        listens.isrc,
        listens.source,
        listens.sources,
        listens.skipped,
        listens.shuffle,
        listens.offline,
        listens.reason_start,
        listens.reason_end,
        listens.is_over_ten_minutes,
        listens.is_duration_unknown,
        listens.session_id,
        listens.landed_at
    from listens
    left join recordings on listens.track_id = recordings.track_id
)

select * from final
