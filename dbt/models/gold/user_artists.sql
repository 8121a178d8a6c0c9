with

user_tracks as (
    select * from {{ ref('user_tracks') }}
),

tracks as (
    select * from {{ ref('tracks') }}
),

own_artists as (
    select * from {{ ref('silver_own_artists') }}
),

artists as (
    select * from {{ ref('bronze_artists') }}
),

-- the cover of the most played album stands in for a picture that is not known yet
covers as (
    select
        user_id,
        artist_name,
        content_type,
        image_url,
        row_number() over (
            partition by user_id, artist_name, content_type
            order by plays desc, heard_ms desc, album_name
        ) as place
    from {{ ref('user_albums') }}
    where image_url is not null
),

counted as (
    select
        user_tracks.user_id,
        coalesce(own_artists.artist_name, tracks.artist_name) as artist_name,
        max(
            coalesce(own_artists.folded_artist_name, tracks.folded_artist_name)
        ) as folded_artist_name,
        user_tracks.content_type,
        max(tracks.artist_id) as artist_id,
        count(case when user_tracks.plays > 0 then 1 end) as tracks,
        cast(sum(user_tracks.plays) as bigint) as plays,
        cast(sum(user_tracks.heard_ms) as bigint) as heard_ms
    from user_tracks
    inner join tracks on user_tracks.track_id = tracks.track_id
    left join own_artists
        on
            user_tracks.user_id = own_artists.user_id
            and tracks.artist_spelling = own_artists.artist_spelling
    where tracks.artist_name is not null
    group by
        user_tracks.user_id, coalesce(own_artists.artist_name, tracks.artist_name),
        user_tracks.content_type
),

final as (
    select
        counted.user_id,
        counted.artist_name,
        counted.folded_artist_name,
        counted.content_type,
        counted.artist_id,
        coalesce(nullif(artists.image_url, ''), covers.image_url) as image_url,
        counted.tracks,
        counted.plays,
        counted.heard_ms
    from counted
    left join artists on counted.artist_id = artists.artist_id
    left join covers
        on
            counted.user_id = covers.user_id
            and counted.artist_name = covers.artist_name
            and counted.content_type = covers.content_type
            and covers.place = 1
)

select * from final
order by user_id, artist_name
