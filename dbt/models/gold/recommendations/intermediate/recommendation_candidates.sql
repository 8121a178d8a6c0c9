-- Grain: one listener and one recording they never played under any id and that something speaks
-- for: sessions of the household they joined, an artist they play, a like, or a start left within
-- 30 seconds. What they heard where a rule says that it does not count is no news to them either.
{% set p = var('recommendations') %}

with played as (
    select * from {{ ref('activation') }}
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

own_recordings as (
    select * from {{ ref('silver_own_recordings') }}
),

own_artists as (
    select * from {{ ref('silver_own_artists') }}
),

tracks as (
    select tracks.*
    from {{ ref('silver_tracks') }} as tracks
    inner join recordings on tracks.track_id = recordings.track_id
    where tracks.content_type = 'track' and recordings.representative_id = tracks.track_id
),

likes as (
    select
        likes.user_id,
        recordings.representative_id as track_id,
        cast(min(likes.liked_at) as datetime) as liked_at
    from {{ ref('silver_likes') }} as likes
    inner join recordings on likes.track_id = recordings.track_id
    group by likes.user_id, recordings.representative_id
),

starts as (
    select * from {{ ref('skipped_never_played') }}
),

left_out as (
    select
        user_id,
        track_id
    from {{ ref('excluded_tracks') }}
    union
    select
        user_id,
        track_id
    from {{ ref('excluded_listens') }}
),

-- What the household's sessions say, through the listener's own track that says it loudest
cooccurring as (
    select
        played.user_id,
        tracks.track_id,
        played.track_id as because_track_id,
        played.track_name as because_track_name,
        pairs.sessions_together,
        pairs.sessions_a,
        pairs.cooccurrence_score,
        avg(pairs.cooccurrence_score) over (partition by played.user_id, pairs.b_no)
            as average_cooccurrence,
        count(*) over (partition by played.user_id, pairs.b_no) as source_tracks
    from played
    inner join {{ ref('household_members') }} as members on played.listener_no = members.listener_no
    inner join {{ ref('track_pairs') }} as pairs
        on played.track_no = pairs.a_no and pairs.listener_no = 0
    inner join {{ ref('numbered_tracks') }} as tracks on pairs.b_no = tracks.track_no
    qualify
        row_number() over (
            partition by played.user_id, pairs.b_no
            order by
                pairs.cooccurrence_score desc, pairs.sessions_together desc, played.track_id
        ) = 1
),

-- What Spotify lists on an album anybody may know of
listed as (
    select distinct track_id from {{ ref('album_tracks') }}
),

-- What somebody here heard or saved is named within the household only
instance_tracks as (
    select
        user_id,
        shared_track_id as track_id
    from {{ ref('user_releases') }}
    union all
    select
        user_id,
        track_id
    from likes
),

shared as (
    select
        instance_tracks.track_id,
        count(members.user_id) as members
    from instance_tracks
    left join {{ ref('household_members') }} as members on instance_tracks.user_id = members.user_id
    group by instance_tracks.track_id
),

-- An artist's tracks, by the names that the listener gives to artists
artists as (
    select
        weights.user_id,
        weights.artist_name,
        tracks.track_id
    from {{ ref('artist_recency_weights') }} as weights
    inner join tracks on weights.artist_name = tracks.artist_name
    left join own_artists
        on
            weights.user_id = own_artists.user_id
            and tracks.artist_spelling = own_artists.artist_spelling
    where own_artists.artist_spelling is null
    union all
    select
        weights.user_id,
        weights.artist_name,
        tracks.track_id
    from {{ ref('artist_recency_weights') }} as weights
    inner join own_artists
        on weights.user_id = own_artists.user_id and weights.artist_name = own_artists.artist_name
    inner join tracks on own_artists.artist_spelling = tracks.artist_spelling
),

by_artist as (
    select
        artists.user_id,
        artists.track_id
    from artists
    left join shared on artists.track_id = shared.track_id
    left join listed on artists.track_id = listed.track_id
    left join {{ ref('household_members') }} as members on artists.user_id = members.user_id
    where
        shared.track_id is null
        or listed.track_id is not null
        or (shared.members > 0 and members.user_id is not null)
),

named as (
    select
        user_id,
        track_id
    from cooccurring
    union
    select
        user_id,
        track_id
    from by_artist
    union
    select
        user_id,
        track_id
    from likes
    union
    select
        user_id,
        track_id
    from starts
),

-- One id of each recording as the listener has it, under the artist's name as they have it
own_named as (
    select
        named.user_id,
        named.track_id,
        tracks.recording_id,
        tracks.track_name,
        tracks.album_id,
        coalesce(own_artists.artist_name, tracks.artist_name) as artist_name
    from named
    inner join tracks on named.track_id = tracks.track_id
    left join own_recordings
        on
            named.user_id = own_recordings.user_id
            and named.track_id = own_recordings.track_id
    left join own_artists
        on
            named.user_id = own_artists.user_id
            and tracks.artist_spelling = own_artists.artist_spelling
    where coalesce(own_recordings.representative_id, named.track_id) = named.track_id
),

releases as (
    select
        album_id,
        released_on
    from {{ ref('bronze_albums') }}
    where
        {{ days_between('released_on', 'cast(' ~ recommendations_as_of() ~ ' as date)') }}
        between 0 and {{ p['new_release_days'] }}
),

half_known as (
    select
        known_albums.user_id,
        known_albums.album_id,
        known_albums.tracks_played,
        albums.total_tracks
    from {{ ref('known_albums') }} as known_albums
    inner join {{ ref('bronze_albums') }} as albums on known_albums.album_id = albums.album_id
    where
        known_albums.tracks_played >= {{ p['known_album_tracks'] }}
        and known_albums.tracks_played < albums.total_tracks
),

final as (
    select
        named.user_id,
        named.track_id,
        named.recording_id,
        named.track_name,
        named.artist_name,
        cooccurring.because_track_id,
        cooccurring.because_track_name,
        cooccurring.sessions_together,
        cooccurring.sessions_a,
        coalesce(cooccurring.cooccurrence_score, 0) as cooccurrence_score,
        coalesce(cooccurring.average_cooccurrence, 0) as average_cooccurrence,
        coalesce(cooccurring.source_tracks, 0) as source_tracks,
        coalesce(affinities.affinity_score, 0) as artist_affinity,
        coalesce(weights.recency_weight, 0) as artist_recency_weight,
        coalesce(weights.plays, 0) as artist_plays,
        coalesce(weights.plays_last_30_days, 0) as artist_plays_last_30_days,
        likes.liked_at,
        coalesce(starts.starts, 0) as starts,
        starts.last_started_at,
        coalesce(starts.activation, 0) as second_chance,
        releases.released_on,
        half_known.total_tracks as album_tracks,
        half_known.tracks_played as album_tracks_played
    from own_named as named
    left join played on named.user_id = played.user_id and named.track_id = played.track_id
    left join left_out on named.user_id = left_out.user_id and named.track_id = left_out.track_id
    left join cooccurring
        on named.user_id = cooccurring.user_id and named.track_id = cooccurring.track_id
    left join {{ ref('artist_affinity') }} as affinities
        on named.user_id = affinities.user_id and named.artist_name = affinities.artist_name
    left join {{ ref('artist_recency_weights') }} as weights
        on named.user_id = weights.user_id and named.artist_name = weights.artist_name
    left join likes on named.user_id = likes.user_id and named.track_id = likes.track_id
    left join starts on named.user_id = starts.user_id and named.track_id = starts.track_id
    left join releases on named.album_id = releases.album_id
    left join half_known
        on named.user_id = half_known.user_id and named.album_id = half_known.album_id
    where played.track_id is null and left_out.track_id is null
)

select * from final
