{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=["{{ delete_erased(this) }}", "{{ select_new_objects(['playback']) }}"],
    post_hook="{{ select_all_objects(['playback']) }}"
) }}

with

playback as (
    {{ new_events(ref('bronze_playback')) }}
),

final as (
    select
        event_id,
        user_id,
        {{ track_id('track_id', 'artist_name', 'track_name') }} as track_id,
        track_name,
        artist_name,
        album_name,
        duration_ms,
        device_type,
        device_name,
        coalesce(content_type, 'track') as content_type,
        context,
        isrc,
        coalesce(source, 'unknown') as source,
        played_at as changed_at,
        detected_at,
        is_playing,
        progress_ms,
        landed_at
    from playback
)

select * from final
