-- Grain: a listen in an hour in which it was heard.
{{ config(materialized=view_or_table()) }}

with final as (
    select
        event_id,
        user_id,
        event_type,
        track_id,
        release_track_id,
        artist_name,
        album_name,
        folded_artist_name,
        folded_album_name,
        device_name,
        platform,
        content_type,
        context,
        source,
        shuffle,
        offline,
        reason_start,
        reason_end,
        device_type,
        start_hour,
        listened_ms,
        local_date,
        local_hour,
        {{ weekday('local_date') }} as weekday,
        utc_offset_minutes,
        plays,
        skips,
        heard_ms
    from {{ ref('silver_listening') }}
)

select * from final
