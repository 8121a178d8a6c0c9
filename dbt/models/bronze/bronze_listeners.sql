with

source as (
    select * from {{ source('lake', 'listeners') }}
),

final as (
    select
        user_id,
        timezone,
        valid_from
    from source
)

select * from final
