-- Every gold table that counts listens counts the same ones.
with

listens as (
    select
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        coalesce(sum(heard_ms), 0) as heard_ms
    from {{ ref('silver_listens') }}
),

counted as (
    select
        'daily_listening_by_device' as told_by,
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(skips), 0) as skips,
        coalesce(sum(heard_ms), 0) as heard_ms
    from {{ ref('daily_listening_by_device') }}

    union all

    select
        'listening_hours' as told_by,
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(skips), 0) as skips,
        coalesce(sum(heard_ms), 0) as heard_ms
    from {{ ref('listening_hours') }}

    union all

    select
        'user_track_daily' as told_by,
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(skips), 0) as skips,
        coalesce(sum(heard_ms), 0) as heard_ms
    from {{ ref('user_track_daily') }}

    union all

    select
        'user_tracks' as told_by,
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(skips), 0) as skips,
        coalesce(sum(heard_ms), 0) as heard_ms
    from {{ ref('user_tracks') }}

    union all

    select
        'device_usage' as told_by,
        coalesce(sum(total_plays), 0) as plays,
        coalesce(sum(skips), 0) as skips,
        coalesce(sum(heard_ms), 0) as heard_ms
    from {{ ref('device_usage') }}
)

select counted.*
from counted
cross join listens
where
    counted.plays <> listens.plays
    or counted.skips <> listens.skips
    or counted.heard_ms <> listens.heard_ms
