with

tracks as (
    select * from {{ ref('silver_tracks') }}
),

numbers as (
    select * from {{ ref('track_numbers') }}
),

final as (
    select
        tracks.track_id,
        numbers.track_no,
        tracks.track_name,
        tracks.artist_id,
        tracks.artist_name,
        tracks.album_id,
        tracks.album_name,
        tracks.duration_ms,
        tracks.isrc,
        tracks.image_url,
        tracks.release_date,
        tracks.content_type,
        tracks.recording_id,
        case
            when tracks.track_id like 'name:%' then null
            when tracks.content_type = 'track'
                then 'https://open.spotify.com/track/' || tracks.track_id
            else 'https://open.spotify.com/episode/' || tracks.track_id
        end as url
    from tracks
    left join numbers on tracks.track_id = numbers.track_id
)

select * from final
order by track_no
