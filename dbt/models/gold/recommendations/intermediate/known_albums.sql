-- Grain: one listener and one listed album of which they played something: how many of its tracks,
-- under any id, also under one that they joined by hand.

with album_tracks as (
    select * from {{ ref('album_tracks') }}
),

played as (
    select
        user_id,
        track_id
    from {{ ref('activation') }}
),

own_recordings as (
    select * from {{ ref('silver_own_recordings') }}
),

known as (
    select
        played.user_id,
        album_tracks.album_id,
        album_tracks.track_id
    from played
    inner join album_tracks on played.track_id = album_tracks.track_id
    union
    select
        played.user_id,
        album_tracks.album_id,
        album_tracks.track_id
    from played
    inner join own_recordings
        on
            played.user_id = own_recordings.user_id
            and played.track_id = own_recordings.representative_id
    inner join album_tracks on own_recordings.track_id = album_tracks.track_id
),

final as (
    select
        user_id,
        album_id,
        count(*) as tracks_played
    from known
    group by user_id, album_id
)

select * from final
