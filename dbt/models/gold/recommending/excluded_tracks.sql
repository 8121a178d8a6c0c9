-- Grain: one listener and one track that is never recommended to them: a rule of theirs leaves out
-- its artist or its album.

with tracks as (
    select
        track_id,
        lower(artist_name) as artist_name,
        lower(album_name) as album_name
    from {{ ref('silver_tracks') }}
),

rules as (
    select
        user_id,
        kind,
        lower(value) as lowered
    from {{ ref('bronze_rules') }}
),

final as (
    select
        rules.user_id,
        tracks.track_id
    from tracks
    inner join rules on tracks.artist_name = rules.lowered and rules.kind = 'artist'
    union
    select
        rules.user_id,
        tracks.track_id
    from tracks
    inner join rules on tracks.album_name = rules.lowered and rules.kind = 'album'
)

select * from final
