-- Grain: a play or a skip.
{{ config(materialized=view_or_table()) }}

with final as (
    select
        event_id,
        user_id,
        event_type,
        track_id,
        release_track_id,
        recording_id,
        track_name,
        artist_id,
        artist_name,
        folded_artist_name,
        album_id,
        album_name,
        folded_album_name,
        duration_ms,
        ms_played,
        heard_ms,
        started_at,
        ended_at,
        played_at,
        local_at,
        local_date,
        timezone,
        utc_offset_minutes,
        device_type,
        device_name,
        platform,
        content_type,
        context,
        isrc,
        source,
        sources,
        skipped,
        shuffle,
        offline,
        reason_start,
        reason_end,
        session_id,
        {{ from_epoch_ms(
            quiet_from_ms(epoch_ms('started_at'), epoch_ms('ended_at'), 'heard_ms')
        ) }} as listened_until
    from {{ ref('silver_listens') }}
)

select * from final
