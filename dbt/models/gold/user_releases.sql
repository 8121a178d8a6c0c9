with

listens as (
    select * from {{ ref('silver_listens') }}
),

final as (
    select
        user_id,
        release_track_id,
        content_type,
        max(track_id) as track_id,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        cast(coalesce(sum(heard_ms), 0) as bigint) as heard_ms
    from listens
    group by user_id, release_track_id, content_type
)

select * from final
order by user_id, release_track_id
