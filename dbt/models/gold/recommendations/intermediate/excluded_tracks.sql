-- Grain: one listener and one track that is never recommended to them: a rule of theirs leaves out
-- its recording, its artist or its album.

with tracks as (
    select
        track_id,
        artist_spelling,
        folded_artist_name,
        folded_album_name
    from {{ ref('silver_tracks') }}
),

rules as (
    select
        user_id,
        kind,
        value,
        folded_value
    from {{ ref('bronze_rules') }}
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

own_recordings as (
    select * from {{ ref('silver_own_recordings') }}
),

recordings_left_out as (
    select
        rules.user_id,
        coalesce(
            own_recordings.representative_id, recordings.representative_id, rules.value
        ) as representative_id
    from rules
    left join recordings on rules.value = recordings.track_id
    left join own_recordings
        on rules.user_id = own_recordings.user_id and rules.value = own_recordings.track_id
    where rules.kind = 'track'
),

final as (
    select
        rules.user_id,
        tracks.track_id
    from tracks
    inner join rules
        on tracks.folded_artist_name = rules.folded_value and rules.kind = 'artist'
    union
    select
        rules.user_id,
        tracks.track_id
    from tracks
    inner join rules
        on tracks.folded_album_name = rules.folded_value and rules.kind = 'album'
    union
    select
        rules.user_id,
        tracks.track_id
    from tracks
    inner join {{ ref('silver_own_artists') }} as own
        on tracks.artist_spelling = own.artist_spelling
    inner join rules
        on
            own.user_id = rules.user_id
            and own.folded_artist_name = rules.folded_value
            and rules.kind = 'artist'
    union
    select
        recordings_left_out.user_id,
        recordings.track_id
    from recordings
    inner join recordings_left_out
        on recordings.representative_id = recordings_left_out.representative_id
    left join own_recordings
        on
            recordings_left_out.user_id = own_recordings.user_id
            and recordings.track_id = own_recordings.track_id
    where own_recordings.track_id is null
    union
    select
        own_recordings.user_id,
        own_recordings.track_id
    from own_recordings
    inner join recordings_left_out
        on
            own_recordings.user_id = recordings_left_out.user_id
            and own_recordings.representative_id = recordings_left_out.representative_id
)

select * from final
