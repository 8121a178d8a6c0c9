with

source as (
    select * from {{ source('lake', 'separations') }}
),

final as (
    select
        user_id,
        first_event_id,
        second_event_id,
        decided_at
    from source
)

select * from final
