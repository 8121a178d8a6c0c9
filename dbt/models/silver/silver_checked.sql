{{ config(materialized=view_or_table()) }}

with

events as (
    select * from {{ ref('silver_events') }}
),

tracks as (
    select * from {{ ref('silver_tracks') }}
),

final as (
    select
        events.event_id,
        events.user_id,
        events.event_type,
        events.track_id,
        tracks.track_name,
        tracks.artist_id,
        tracks.artist_name,
        tracks.album_id,
        tracks.album_name,
        tracks.recording_id,
        events.names_key,
        coalesce(events.duration_ms, tracks.duration_ms) as duration_ms,
        events.ms_played,
        events.started_at,
        events.device_started_at,
        events.played_at,
        events.device_type,
        events.device_name,
        events.platform,
        events.content_type,
        events.context,
        coalesce(events.isrc, tracks.isrc) as isrc,
        events.source,
        {{ source_rank('events.source') }} as source_rank,
        events.skipped,
        events.shuffle,
        events.offline,
        events.incognito,
        events.country,
        events.reason_start,
        events.reason_end,
        events.landed_at,
        case
            when coalesce(events.user_id, '') = '' then 'no listener'
            when events.played_at is null then 'no time'
            when events.played_at > {{ as_of() }} then 'in the future'
            when events.duration_ms <= 0 then 'duration not above zero'
            when events.ms_played < 0 then 'negative time played'
        end as reject_reason
    from events
    left join tracks on events.track_id = tracks.track_id
)

select * from final
