with

releases as (
    select * from {{ ref('releases') }}
),

-- what stands for a recording, for everybody or for one listener who corrected it
representatives as (
    select track_id from releases
    union
    select representative_id as track_id from {{ ref('silver_own_recordings') }}
),

final as (
    select
        release_track_id as track_id,
        release_no as track_no,
        track_name,
        folded_track_name,
        artist_id,
        artist_spelling,
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
    where release_track_id in (select representatives.track_id from representatives)
)

select * from final
order by track_no
