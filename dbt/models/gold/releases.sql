with

tracks as (
    select * from {{ ref('silver_tracks') }}
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

numbers as (
    select * from {{ ref('track_numbers') }}
),

final as (
    select
        tracks.track_id as release_track_id,
        recordings.representative_id as track_id,
        recordings.recording_id,
        numbers.track_no as release_no,
        tracks.track_name,
        tracks.folded_track_name,
        tracks.artist_id,
        tracks.artist_spelling,
        tracks.artist_name,
        tracks.folded_artist_name,
        tracks.album_id,
        tracks.album_name,
        tracks.folded_album_name,
        tracks.duration_ms,
        tracks.isrc,
        tracks.image_url,
        tracks.release_date,
        tracks.content_type,
        {{ spotify_url('tracks.track_id', 'tracks.content_type') }} as url
    from tracks
    inner join recordings on tracks.track_id = recordings.track_id
    left join numbers on tracks.track_id = numbers.track_id
)

select * from final
order by release_no
