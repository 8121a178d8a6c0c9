with

source as (
    select * from {{ source('lake', 'erasures') }}
),

final as (
    select
        user_id,
        source,
        before
    from source
)

select * from final
