{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=["{{ delete_erased(this) }}", "{{ select_new_objects(['likes']) }}"],
    post_hook="{{ select_all_objects(['likes']) }}"
) }}

with

likes as (
    {{ new_events(ref('bronze_likes')) }}
),

final as (
    select
        event_id,
        user_id,
        {{ track_id('track_id', 'artist_name', 'track_name') }} as track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        duration_ms,
        coalesce(content_type, 'track') as content_type,
        isrc,
        coalesce(source, 'unknown') as source,
        played_at as liked_at,
        landed_at
    from likes
)

select * from final
