with

source as (
    select * from {{ source('lake', 'housemates') }}
),

final as (
    select
        user_id,
        joined_at
    from source
)

select * from final
