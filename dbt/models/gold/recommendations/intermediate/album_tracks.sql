-- Grain: one album whose tracks Spotify listed, and one recording on it, by the id that stands for
-- it.

with albums as (
    select * from {{ ref('bronze_albums') }}
),

tracks as (
    select * from {{ ref('silver_tracks') }}
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

final as (
    select distinct
        albums.album_id,
        recordings.representative_id as track_id
    from albums
    inner join tracks on albums.album_id = tracks.album_id
    inner join recordings on tracks.track_id = recordings.track_id
)

select * from final
