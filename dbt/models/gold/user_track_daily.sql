with

listening as (
    select * from {{ ref('silver_listening') }}
),

final as (
    select
        user_id,
        local_date,
        track_id,
        release_track_id,
        device_type,
        source,
        content_type,
        cast(sum(plays) as bigint) as plays,
        cast(sum(skips) as bigint) as skips,
        cast(sum(heard_ms) as bigint) as heard_ms
    from listening
    group by
        user_id, local_date, track_id, release_track_id, device_type, source, content_type
)

select * from final
order by user_id, local_date
