-- Grain: one recording, by the id that stands for it. What recommendations say of it, found by its
-- number; a track that nobody played has none.

with tracks as (
    select tracks.*
    from {{ ref('silver_tracks') }} as tracks
    where tracks.track_id in (
        select recordings.representative_id from {{ ref('silver_recordings') }} as recordings
        union
        select own.representative_id from {{ ref('silver_own_recordings') }} as own
    )
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
        tracks.artist_spelling,
        tracks.album_name
    from tracks
    left join numbers on tracks.track_id = numbers.track_id
)

select * from final
order by track_no
