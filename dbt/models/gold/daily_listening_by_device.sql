with

listening as (
    select * from {{ ref('silver_listening') }}
),

final as (
    select
        user_id,
        local_date,
        device_type,
        source,
        content_type,
        cast(sum(plays) as bigint) as plays,
        cast(sum(skips) as bigint) as skips,
        cast(sum(heard_ms) as bigint) as heard_ms,
        cast(sum(case when event_type = 'skip' then heard_ms else 0 end) as bigint) as skipped_ms,
        count(distinct case when plays > 0 then track_id end) as unique_tracks,
        count(distinct case when plays > 0 then artist_name end) as unique_artists
    from listening
    group by user_id, local_date, device_type, source, content_type
)

select * from final
order by user_id, local_date
