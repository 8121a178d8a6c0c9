with

releases as (
    select * from {{ ref('releases') }}
),

final as (
    select
        track_id,
        release_no as track_no,
        track_name,
        folded_track_name,
        artist_id,
        artist_name,
        folded_artist_name,
        album_id,
        album_name,
        duration_ms,
        isrc,
        image_url,
        release_date,
        content_type,
        recording_id,
        url
    from releases
    where release_track_id = track_id
)

select * from final
order by track_no
