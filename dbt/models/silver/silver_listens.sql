{{ config(materialized=view_or_table()) }}

with

listens as (
    select * from {{ ref('silver_release_listens') }}
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

own_recordings as (
    select * from {{ ref('silver_own_recordings') }}
),

own_artists as (
    select * from {{ ref('silver_own_artists') }}
),

final as (
    select
        listens.event_id,
        listens.user_id,
        listens.event_type,
        coalesce(
            own_recordings.representative_id, recordings.representative_id, listens.track_id
        ) as track_id,
        coalesce(recordings.representative_id, listens.track_id) as shared_track_id,
        listens.track_id as release_track_id,
        coalesce(own_recordings.recording_id, recordings.recording_id) as recording_id,
        listens.track_name,
        coalesce(own_recordings.artist_id, recordings.artist_id, listens.artist_id) as artist_id,
        coalesce(
            own_artists.artist_name, own_recordings.artist_name, recordings.artist_name,
            listens.artist_name
        ) as artist_name,
        coalesce(
            own_artists.folded_artist_name, own_recordings.folded_artist_name,
            recordings.folded_artist_name
        ) as folded_artist_name,
        coalesce(recordings.artist_id, listens.artist_id) as shared_artist_id,
        coalesce(recordings.artist_name, listens.artist_name) as shared_artist_name,
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
    left join own_recordings
        on
            listens.user_id = own_recordings.user_id
            and listens.track_id = own_recordings.track_id
    left join own_artists
        on
            listens.user_id = own_artists.user_id
            and coalesce(own_recordings.artist_spelling, recordings.artist_spelling)
            = own_artists.artist_spelling
)

select * from final
