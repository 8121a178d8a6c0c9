-- Grain: one recording, by the id that stands for it. What recommendations say of it, found by its
-- number; a track that nobody played has none.

with tracks as (
    select tracks.*
    from {{ ref('silver_tracks') }} as tracks
    inner join {{ ref('silver_recordings') }} as recordings
        on tracks.track_id = recordings.track_id
    where recordings.track_id = recordings.representative_id
),

numbers as (
    select * from {{ ref('track_numbers') }}
),

final as (
    select
        numbers.track_no,
        tracks.track_id,
        tracks.track_name,
        tracks.artist_name,
        tracks.album_name
    from tracks
    left join numbers on tracks.track_id = numbers.track_id
)

select * from final
order by track_no
