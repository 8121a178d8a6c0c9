-- Grain: one check of this build. It holds where `value` is between `lowest` and `highest`, or null
-- where there was nothing to compare. All of bronze is read for it, so once a day only.
{%- set is_bronze_read = "'" ~ env_at_run_time("DBT_CHECK_BRONZE") ~ "' = '1'" %}
with

listens as (
    select
        *,
        cast(floor(({{ epoch_ms(as_of()) }} - {{ epoch_ms('ended_at') }}) / 3600000.0) as bigint)
            as age_hours
    from {{ ref('silver_listens') }}
),

landed as (
    select
        event_id,
        user_id,
        source,
        landed_at
    from {{ ref('bronze_plays') }}
    union all
    select
        event_id,
        user_id,
        source,
        landed_at
    from {{ ref('bronze_skips') }}
),

-- what lands while the build reads may be in one of both
bronze as (
    select case when {{ is_bronze_read }} then count(distinct landed.event_id) end as events
    from landed
    where
        {{ is_bronze_read }}
        and landed.landed_at <= {{ as_of() }} - interval '1 hour'
        and not exists (
            select 1
            from {{ ref('bronze_erasures') }} as erasures
            where
                erasures.user_id = landed.user_id
                and (erasures.source is null or erasures.source = landed.source)
                and landed.landed_at < erasures.before
        )
),

silver as (
    select
        (select count(*) from {{ ref('silver_events') }}) as events,
        (
            select count(*) from {{ ref('silver_events') }}
            where landed_at <= {{ as_of() }} - interval '1 hour'
        ) as old_events,
        (select count(*) from {{ ref('silver_merged') }}) as merged,
        (select count(*) from {{ ref('silver_rejected') }}) as rejected,
        (select count(*) from listens) as listens
),

gold as (
    select coalesce(sum(plays + skips), 0) as listens
    from {{ ref('daily_listening_by_device') }}
),

shares as (
    select avg(case when coalesce(artist_name, '') = '' then 1.0 else 0.0 end) as without_artist
    from listens
    where content_type = 'track'
),

-- Spotify gives it with each play; for those of an import it is fetched over days
lengths as (
    select avg(case when is_duration_unknown then 1.0 else 0.0 end) as without_length
    from listens
    where content_type = 'track' and source in ('recently_played', 'player')
),

-- one source may report several plays of one second: offline plays get the time they are sent
repeated as (
    select
        user_id,
        track_id,
        ended_at
    from listens
    group by user_id, track_id, ended_at
    having count(distinct source) > 1
),

-- 25 hours have the longest day of the year
full_days as (
    select
        user_id,
        local_date
    from {{ ref('daily_listening_by_device') }}
    group by user_id, local_date
    having sum(heard_ms) > 25 * 3600000
),

-- the last 24 hours, and the hour six hours ago, as all of it has come; and those of four weeks
volume as (
    select
        count(case when age_hours between 0 and 23 then 1 end) as of_day,
        count(case when age_hours = 6 then 1 end) as of_hour,
        count(case when age_hours between 168 and 839 and mod(age_hours, 168) < 24 then 1 end)
            as of_days_before,
        count(case when age_hours between 168 and 839 and mod(age_hours, 168) = 6 then 1 end)
            as of_hours_before
    from listens
),

final as (
    {{ quality_check('bronze_adds_up', 'bronze.events - silver.old_events', is_blocking=true) }}
    from silver
    cross join bronze
    union all
    {{ quality_check('silver_adds_up', 'events - listens - merged - rejected', is_blocking=true) }}
    from silver
    union all
    {{ quality_check('gold_adds_up', 'gold.listens - silver.listens', is_blocking=true) }}
    from gold
    cross join silver
    union all
    {{ quality_check('rejected_share', '1.0 * rejected / nullif(events, 0)', highest=0.05) }}
    from silver
    union all
    {{ quality_check('without_artist', 'without_artist', highest=0.05) }}
    from shares
    union all
    {{ quality_check('without_length', 'without_length', highest=0.05) }}
    from lengths
    union all
    {{ quality_check('repeated_listens', 'count(*)') }}
    from repeated
    union all
    {{ quality_check('impossible_days', 'count(*)') }}
    from full_days
    union all
    {{ quality_check('volume_of_day', volume_ratio('day'), lowest=0.05, highest=5) }}
    from volume
    union all
    {{ quality_check('volume_of_hour', volume_ratio('hour'), highest=5) }}
    from volume
)

select * from final
