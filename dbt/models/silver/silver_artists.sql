with

spellings as (
    select
        artist_name,
        played_at as spelled_at
    from {{ ref('silver_events') }}

    union all

    select
        artist_name,
        liked_at as spelled_at
    from {{ ref('silver_likes') }}

    union all

    select
        nullif(artist_name, '') as artist_name,
        fetched_at as spelled_at
    from {{ ref('bronze_tracks') }}
),

newest as (
    select
        artist_name as artist_spelling,
        max(spelled_at) as spelled_at
    from spellings
    where artist_name is not null
    group by artist_name
),

folded as (
    select
        artist_spelling,
        {{ folded('artist_spelling') }} as folded_artist_name,
        spelled_at
    from newest
),

final as (
    select
        artist_spelling,
        first_value(artist_spelling) over (
            partition by folded_artist_name
            order by spelled_at desc, artist_spelling
        ) as artist_name,
        folded_artist_name,
        spelled_at
    from folded
)

select * from final
