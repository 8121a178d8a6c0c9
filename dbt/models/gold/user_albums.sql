with

user_releases as (
    select * from {{ ref('user_releases') }}
),

releases as (
    select * from {{ ref('releases') }}
),

own_artists as (
    select * from {{ ref('silver_own_artists') }}
),

final as (
    select
        user_releases.user_id,
        coalesce(own_artists.artist_name, releases.artist_name) as artist_name,
        releases.album_name,
        max(
            coalesce(own_artists.folded_artist_name, releases.folded_artist_name)
        ) as folded_artist_name,
        max(releases.folded_album_name) as folded_album_name,
        user_releases.content_type,
        max(releases.album_id) as album_id,
        max(releases.image_url) as image_url,
        count(
            distinct case when user_releases.plays > 0 then user_releases.track_id end
        ) as tracks,
        cast(sum(user_releases.plays) as bigint) as plays,
        cast(sum(user_releases.heard_ms) as bigint) as heard_ms
    from user_releases
    inner join releases on user_releases.release_track_id = releases.release_track_id
    left join own_artists
        on
            user_releases.user_id = own_artists.user_id
            and releases.artist_spelling = own_artists.artist_spelling
    where releases.artist_name is not null and releases.album_name is not null
    group by
        user_releases.user_id, coalesce(own_artists.artist_name, releases.artist_name),
        releases.album_name, user_releases.content_type
)

select * from final
order by user_id, artist_name, album_name
