with

catalogue as (
    select * from {{ ref('bronze_tracks') }}
),

events as (
    select * from {{ ref('silver_events') }}
),

likes as (
    select * from {{ ref('silver_likes') }}
),

-- the ways in which events speak of a track, few per track
observations as (
    select
        track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        case when duration_ms > 0 then duration_ms end as duration_ms,
        isrc,
        cast(null as varchar) as image_url,
        cast(null as varchar) as release_date,
        content_type,
        2 as preference,
        max(played_at) as observed_at
    from events
    group by
        track_id, track_name, artist_id, artist_name, album_id, album_name, duration_ms, isrc,
        content_type

    union all

    select
        track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        case when duration_ms > 0 then duration_ms end as duration_ms,
        isrc,
        cast(null as varchar) as image_url,
        cast(null as varchar) as release_date,
        content_type,
        2 as preference,
        max(liked_at) as observed_at
    from likes
    group by
        track_id, track_name, artist_id, artist_name, album_id, album_name, duration_ms, isrc,
        content_type

    union all

    select
        track_id,
        nullif(track_name, '') as track_name,
        nullif(artist_id, '') as artist_id,
        nullif(artist_name, '') as artist_name,
        nullif(album_id, '') as album_id,
        nullif(album_name, '') as album_name,
        case when duration_ms > 0 then duration_ms end as duration_ms,
        nullif(isrc, '') as isrc,
        nullif(image_url, '') as image_url,
        nullif(release_date, '') as release_date,
        'track' as content_type,
        1 as preference,
        fetched_at as observed_at
    from catalogue
),

-- the catalogue first, then whoever knew the ids, then the newest
ranked as (
    select
        *,
        row_number() over (
            partition by track_id
            order by
                preference,
                case when artist_id is null then 1 else 0 end,
                observed_at desc,
                track_name,
                artist_name,
                album_name,
                duration_ms,
                isrc
        ) as rank
    from observations
),

best as (
    select * from ranked
    where rank = 1
),

-- what the best observation lacks is taken from any other
filled as (
    select
        track_id,
        max(duration_ms) as duration_ms,
        max(isrc) as isrc,
        max(artist_id) as artist_id,
        max(artist_name) as artist_name,
        max(album_id) as album_id,
        max(album_name) as album_name,
        max(track_name) as track_name
    from ranked
    group by track_id
),

-- one artist in several spellings goes by the newest one, and so does an album of theirs
artists as (
    select * from {{ ref('silver_artists') }}
),

album_spellings as (
    select
        artists.folded_artist_name,
        observations.album_name,
        {{ folded('observations.album_name') }} as folded_album_name,
        max(observations.observed_at) as observed_at
    from observations
    inner join artists on observations.artist_name = artists.artist_spelling
    where observations.album_name is not null
    group by artists.folded_artist_name, observations.album_name
),

albums as (
    select
        folded_artist_name,
        album_name,
        folded_album_name,
        first_value(album_name) over (
            partition by folded_artist_name, folded_album_name
            order by observed_at desc, album_name
        ) as newest_spelling
    from album_spellings
),

unioned as (
    select
        best.track_id,
        best.content_type,
        best.image_url,
        best.release_date,
        coalesce(best.track_name, filled.track_name) as track_name,
        coalesce(best.artist_id, filled.artist_id) as artist_id,
        coalesce(best.artist_name, filled.artist_name) as artist_name,
        coalesce(best.album_id, filled.album_id) as album_id,
        coalesce(best.album_name, filled.album_name) as album_name,
        coalesce(best.duration_ms, filled.duration_ms) as duration_ms,
        coalesce(best.isrc, filled.isrc) as isrc
    from best
    inner join filled on best.track_id = filled.track_id
),

tracks as (
    select
        unioned.track_id,
        unioned.content_type,
        unioned.image_url,
        unioned.release_date,
        unioned.track_name,
        {{ folded('unioned.track_name') }} as folded_track_name,
        unioned.artist_id,
        artists.artist_spelling,
        artists.artist_name,
        artists.folded_artist_name,
        unioned.album_id,
        coalesce(albums.newest_spelling, unioned.album_name) as album_name,
        coalesce(albums.folded_album_name, {{ folded('unioned.album_name') }})
            as folded_album_name,
        unioned.duration_ms,
        unioned.isrc
    from unioned
    left join artists on unioned.artist_name = artists.artist_spelling
    left join albums
        on
            artists.folded_artist_name = albums.folded_artist_name
            and unioned.album_name = albums.album_name
),

{{ same_names_versions() }},

-- ISRCs that join versions; a single ISRC may join two, and each of them another
joining as (
    select isrc
    from versions
    where isrc is not null
    group by isrc
    having min(version_id) <> max(version_id)
),

joined_0 as (
    select distinct
        versions.version_id,
        versions.isrc,
        versions.version_id as known_as
    from versions
    inner join joining on versions.isrc = joining.isrc
),

-- all that hang together take the smallest name of any, a step at a time
{% for step in range(1, 6) -%}
    by_isrc_{{ step }} as (
        select
            version_id,
            isrc,
            min(known_as) over (partition by isrc) as known_as
        from joined_{{ step - 1 }}
    ),

    joined_{{ step }} as (
        select
            version_id,
            isrc,
            min(known_as) over (partition by version_id) as known_as
        from by_isrc_{{ step }}
    ),

{% endfor -%}
recordings as (
    select distinct
        version_id,
        known_as
    from joined_5
),

final as (
    select
        versions.track_id,
        versions.track_name,
        versions.folded_track_name,
        versions.artist_id,
        versions.artist_spelling,
        versions.artist_name,
        versions.folded_artist_name,
        versions.album_id,
        versions.album_name,
        versions.folded_album_name,
        versions.duration_ms,
        versions.isrc,
        versions.image_url,
        versions.release_date,
        versions.content_type,
        md5(coalesce(recordings.known_as, versions.version_id)) as recording_id
    from versions
    left join recordings on versions.version_id = recordings.version_id
)

select * from final
