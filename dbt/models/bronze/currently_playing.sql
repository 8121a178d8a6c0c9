with

source as (
    select * from {{ landed_rows('playback') }}
),

final as (
    select
        user_id,
        track_id,
        track_name,
        artist_name,
        album_name,
        played_at as started_at,
        detected_at
    from source
)

select * from final
