with

listens as (
    select * from {{ ref('silver_listens') }}
),

rejected as (
    select * from {{ ref('silver_rejected') }}
),

merged as (
    select * from {{ ref('silver_merged') }}
),

totals as (
    select
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        count(distinct user_id) as listeners,
        max(case when event_type = 'play' then ended_at end) as newest_play_at,
        max(landed_at) as newest_landing_at
    from listens
),

final as (
    select
        '{{ env_at_run_time("DBT_BUILD_ID") }}' as build_id,
        '{{ env_at_run_time("DBT_PROJECT_PRINT") }}' as project,
        '{{ env_at_run_time("DBT_BUILD_FINGERPRINT") }}' as fingerprint,
        {{ as_of() }} as as_of,
        totals.newest_play_at,
        totals.newest_landing_at,
        totals.plays,
        totals.skips,
        totals.listeners,
        (select count(*) from rejected) as rejected,
        (select count(*) from merged) as merged
    from totals
)

select * from final
