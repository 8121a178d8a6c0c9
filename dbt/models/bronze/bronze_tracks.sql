with

source as (
    select * from {{ source('lake', 'tracks') }}
),

final as (
    select
        track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        duration_ms,
        isrc,
        image_url,
        release_date,
        fetched_at
    from source
)

select * from final
