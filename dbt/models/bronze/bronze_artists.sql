with

source as (
    select * from {{ source('lake', 'artists') }}
),

final as (
    select
        artist_id,
        artist_name,
        image_url,
        fetched_at
    from source
)

select * from final
