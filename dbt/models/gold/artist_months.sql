-- Music only, by plays as in rankings; a month in which an artist was only skipped has no row.
with

listening as (
    select * from {{ ref('silver_listening') }}
    where content_type = 'track' and artist_name is not null
),

months as (
    select
        listening.user_id,
        listening.artist_name,
        cast(date_trunc('month', listening.local_date) as date) as local_month,
        cast(sum(listening.plays) as bigint) as plays,
        cast(sum(listening.heard_ms) as bigint) as heard_ms
    from listening
    group by
        listening.user_id,
        listening.artist_name,
        cast(date_trunc('month', listening.local_date) as date)
    having sum(listening.plays) > 0
),

final as (
    select
        *,
        row_number() over (
            partition by user_id, local_month
            order by plays desc, heard_ms desc, artist_name
        ) as rank
    from months
)

select * from final
order by user_id, artist_name, local_month
