{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_erased(this) }}"
) }}

with

plays as (
    {{ newly_landed(ref('bronze_plays')) }}
),

skips as (
    {{ newly_landed(ref('bronze_skips')) }}
),

heard as (
    select * from plays
    union all
    select * from skips
),

final as (
    select
        event_id,
        user_id,
        event_type,
        {{ track_id('track_id', 'artist_name', 'track_name') }} as track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        {{ names_key('artist_name', 'track_name') }} as names_key,
        duration_ms,
        ms_played,
        started_at,
        device_started_at,
        played_at,
        device_type,
        device_name,
        platform,
        coalesce(content_type, 'track') as content_type,
        context,
        isrc,
        coalesce(source, 'unknown') as source,
        skipped,
        shuffle,
        offline,
        incognito,
        country,
        reason_start,
        reason_end,
        landed_at
    from heard
)

select * from final
