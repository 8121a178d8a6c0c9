with

tracks as (
    select * from {{ ref('silver_tracks') }}
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
        content_type,
        recording_id,
        case
            when track_id like 'name:%' then null
            when content_type = 'track' then 'https://open.spotify.com/track/' || track_id
            else 'https://open.spotify.com/episode/' || track_id
        end as url
    from tracks
)

select * from final
