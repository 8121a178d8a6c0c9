-- Grain: one listener and one track that is never recommended to them: a rule of theirs leaves out
-- its artist or its album.

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
        folded_value
    from {{ ref('bronze_rules') }}
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
)

select * from final
