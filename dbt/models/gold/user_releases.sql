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
        max(shared_track_id) as shared_track_id,
        min(started_at) as first_at,
        max(ended_at) as last_at,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        cast(coalesce(sum(heard_ms), 0) as bigint) as heard_ms
    from listens
    group by user_id, release_track_id, content_type
)

select * from final
order by user_id, release_track_id
