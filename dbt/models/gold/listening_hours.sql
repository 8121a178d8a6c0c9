with

listens as (
    select * from {{ ref('silver_listens') }}
),

final as (
    select
        user_id,
        local_date,
        cast(extract(hour from local_at) as integer) as local_hour,
        {{ weekday('local_date') }} as weekday,
        coalesce(device_type, 'unknown') as device_type,
        source,
        content_type,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        cast(
            coalesce(sum(case when event_type = 'play' then heard_ms end), 0) as bigint
        ) as heard_ms
    from listens
    group by
        user_id, local_date, cast(extract(hour from local_at) as integer),
        coalesce(device_type, 'unknown'), source, content_type
)

select * from final
order by user_id, local_date
