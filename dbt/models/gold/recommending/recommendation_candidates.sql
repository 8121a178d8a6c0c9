-- Grain: one listener and one recording they never played under any id and that something speaks
-- for: sessions of the house they joined, an artist they play, a like, or a start left within 30
-- seconds. What they heard where a rule says that it does not count is no news to them either.

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
        cast(min(likes.liked_at) as timestamp) as liked_at
    from {{ ref('silver_likes') }} as likes
    inner join recordings on likes.track_id = recordings.track_id
    group by likes.user_id, recordings.representative_id
),

starts as (
    select * from {{ ref('second_chances') }}
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

-- What the house's sessions say, through the listener's own track that says it loudest
heard_with as (
    select
        played.user_id,
        tracks.track_id,
        played.track_id as because_track_id,
        played.track_name as because_track_name,
        pairs.sessions_together,
        pairs.sessions_a,
        pairs.cooccurrence_score
    from played
    inner join {{ ref('housemates') }} as mates on played.listener_no = mates.listener_no
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

-- What somebody here heard or saved is named within the house only
known_here as (
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
        known_here.track_id,
        count(mates.user_id) as mates
    from known_here
    left join {{ ref('housemates') }} as mates on known_here.user_id = mates.user_id
    group by known_here.track_id
),

-- An artist's tracks, by the names that the listener gives to artists
artists as (
    select
        pulls.user_id,
        pulls.artist_name,
        tracks.track_id
    from {{ ref('artist_pull') }} as pulls
    inner join tracks on pulls.artist_name = tracks.artist_name
    left join own_artists
        on
            pulls.user_id = own_artists.user_id
            and tracks.artist_spelling = own_artists.artist_spelling
    where own_artists.artist_spelling is null
    union all
    select
        pulls.user_id,
        pulls.artist_name,
        tracks.track_id
    from {{ ref('artist_pull') }} as pulls
    inner join own_artists
        on pulls.user_id = own_artists.user_id and pulls.artist_name = own_artists.artist_name
    inner join tracks on own_artists.artist_spelling = tracks.artist_spelling
),

by_artist as (
    select
        artists.user_id,
        artists.track_id
    from artists
    left join shared on artists.track_id = shared.track_id
    left join {{ ref('housemates') }} as mates on artists.user_id = mates.user_id
    where shared.track_id is null or (shared.mates > 0 and mates.user_id is not null)
),

named as (
    select
        user_id,
        track_id
    from heard_with
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

final as (
    select
        named.user_id,
        named.track_id,
        named.recording_id,
        named.track_name,
        named.artist_name,
        heard_with.because_track_id,
        heard_with.because_track_name,
        heard_with.sessions_together,
        heard_with.sessions_a,
        coalesce(heard_with.cooccurrence_score, 0) as cooccurrence_score,
        coalesce(affinities.affinity_score, 0) as artist_affinity,
        coalesce(pulls.pull, 0) as artist_pull,
        coalesce(pulls.plays, 0) as artist_plays,
        coalesce(pulls.plays_last_30_days, 0) as artist_plays_last_30_days,
        likes.liked_at,
        coalesce(starts.starts, 0) as starts,
        starts.last_started_at,
        coalesce(starts.activation, 0) as second_chance
    from own_named as named
    left join played on named.user_id = played.user_id and named.track_id = played.track_id
    left join left_out on named.user_id = left_out.user_id and named.track_id = left_out.track_id
    left join heard_with
        on named.user_id = heard_with.user_id and named.track_id = heard_with.track_id
    left join {{ ref('artist_affinity') }} as affinities
        on named.user_id = affinities.user_id and named.artist_name = affinities.artist_name
    left join {{ ref('artist_pull') }} as pulls
        on named.user_id = pulls.user_id and named.artist_name = pulls.artist_name
    left join likes on named.user_id = likes.user_id and named.track_id = likes.track_id
    left join starts on named.user_id = starts.user_id and named.track_id = starts.track_id
    where played.track_id is null and left_out.track_id is null
)

select * from final
