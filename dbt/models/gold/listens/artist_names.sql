-- Grain: a spelling of an artist.
{{ config(materialized=view_or_table()) }}

with final as (
    select
        artist_spelling,
        artist_name,
        folded_artist_name
    from {{ ref('silver_artists') }}
)

select * from final
