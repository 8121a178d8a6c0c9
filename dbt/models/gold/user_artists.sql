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

final as (
    select
        user_tracks.user_id,
        coalesce(own_artists.artist_name, tracks.artist_name) as artist_name,
        max(
            coalesce(own_artists.folded_artist_name, tracks.folded_artist_name)
        ) as folded_artist_name,
        user_tracks.content_type,
        max(tracks.artist_id) as artist_id,
        max(tracks.image_url) as image_url,
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
)

select * from final
order by user_id, artist_name
