-- Grain: a listener and a track's id or an artist's spelling that they corrected by hand.
{{ config(materialized=view_or_table()) }}

with final as (
    select
        user_id,
        'track' as kind,
        track_id as name,
        representative_id as corrected_name
    from {{ ref('silver_own_recordings') }}

    union all

    select
        user_id,
        'artist' as kind,
        artist_spelling as name,
        artist_name as corrected_name
    from {{ ref('silver_own_artists') }}
)

select * from final
