with

source as (
    select * from {{ source('lake', 'plays') }}
),

final as (
    select
        event_id,
        user_id,
        event_type,
        played_at,
        track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        duration_ms,
        device_type,
        device_name,
        platform,
        content_type,
        context,
        isrc,
        source,
        started_at,
        device_started_at,
        ms_played,
        skipped,
        reason_start,
        reason_end,
        shuffle,
        offline,
        incognito,
        country,
        landed_at,
        log_partition,
        log_offset
    from source
)

select * from final
