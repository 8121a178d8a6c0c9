with

source as (
    select * from {{ source('lake', 'corrections') }}
),

final as (
    select
        user_id,
        kind,
        action,
        subject,
        other,
        decided_at
    from source
)

select * from final
