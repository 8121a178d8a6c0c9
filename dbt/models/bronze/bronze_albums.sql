with

source as (
    select * from {{ source('lake', 'albums') }}
),

final as (
    select
        album_id,
        album_name,
        album_type,
        artist_id,
        artist_name,
        released_on,
        total_tracks,
        fetched_at
    from source
)

select * from final
