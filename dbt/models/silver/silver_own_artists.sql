-- Only what a listener's corrections change; silver_artists says the rest.
with

corrections as (
    select * from {{ ref('bronze_corrections') }}
    where kind = 'artist'
),

artists as (
    select * from {{ ref('silver_artists') }}
),

{{ apply_corrections(
    'artists', 'artist_spelling', 'folded_artist_name',
    split_label="'spelling|' || artists.artist_spelling",
    label="'name|' || artists.folded_artist_name"
) }}

placed as (
    select
        members.user_id,
        members.artist_spelling,
        first_value(members.artist_spelling) over (
            partition by members.user_id, coalesce(grouped.known_as, members.label)
            order by members.spelled_at desc, members.artist_spelling
        ) as artist_name
    from members
    left join grouped on members.user_id = grouped.user_id and members.label = grouped.label
),

final as (
    select
        placed.user_id,
        placed.artist_spelling,
        placed.artist_name,
        artists.folded_artist_name
    from placed
    inner join artists on placed.artist_name = artists.artist_spelling
)

select * from final
