-- Only what a listener's corrections change; silver_artists says the rest.
with

corrections as (
    select * from {{ ref('bronze_corrections') }}
    where kind = 'artist'
),

artists as (
    select * from {{ ref('silver_artists') }}
),

splits as (
    select distinct
        user_id,
        subject as artist_spelling
    from corrections
    where action = 'split'
),

-- every spelling of a correction, with the name that it is of before any join
ends as (
    select
        corrections.user_id,
        artists.artist_spelling,
        artists.folded_artist_name,
        case
            when splits.artist_spelling is not null then 'spelling|' || artists.artist_spelling
            else 'name|' || artists.folded_artist_name
        end as label
    from (
        select
            user_id,
            subject as artist_spelling
        from corrections
        union
        select
            user_id,
            other as artist_spelling
        from corrections
    ) as corrections
    inner join artists on corrections.artist_spelling = artists.artist_spelling
    left join splits
        on
            corrections.user_id = splits.user_id
            and corrections.artist_spelling = splits.artist_spelling
),

joins as (
    select distinct
        corrections.user_id,
        subjects.label as one,
        others.label as other
    from corrections
    inner join ends as subjects
        on
            corrections.user_id = subjects.user_id
            and corrections.subject = subjects.artist_spelling
    inner join ends as others
        on corrections.user_id = others.user_id and corrections.other = others.artist_spelling
    where corrections.action = 'join' and subjects.label <> others.label
),

{{ group_joins() }}

touched as (
    select distinct
        user_id,
        folded_artist_name
    from ends
),

members as (
    select
        touched.user_id,
        artists.artist_spelling,
        artists.spelled_at,
        case
            when splits.artist_spelling is not null then 'spelling|' || artists.artist_spelling
            else 'name|' || artists.folded_artist_name
        end as label
    from touched
    inner join artists on touched.folded_artist_name = artists.folded_artist_name
    left join splits
        on
            touched.user_id = splits.user_id
            and artists.artist_spelling = splits.artist_spelling
),

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
