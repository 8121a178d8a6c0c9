with

listening as (
    select * from {{ ref('silver_listening') }}
),

final as (
    select
        user_id,
        local_date,
        local_hour,
        utc_offset_minutes,
        {{ weekday('local_date') }} as weekday,
        device_type,
        source,
        content_type,
        cast(sum(plays) as bigint) as plays,
        cast(sum(skips) as bigint) as skips,
        cast(sum(heard_ms) as bigint) as heard_ms
    from listening
    group by
        user_id, local_date, local_hour, utc_offset_minutes, device_type, source, content_type
)

select * from final
order by user_id, local_date
