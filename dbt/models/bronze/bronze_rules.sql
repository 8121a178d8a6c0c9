with

source as (
    select * from {{ source('lake', 'rules') }}
),

final as (
    select
        user_id,
        kind,
        value,
        {{ folded('value') }} as folded_value,
        from_hour,
        until_hour
    from source
)

select * from final
