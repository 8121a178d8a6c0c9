with

listeners as (
    select * from {{ ref('bronze_listeners') }}
),

events as (
    select * from {{ ref('silver_events') }}
),

-- the first zone known of a listener counts for all time before it; nobody knows better
numbered as (
    select
        user_id,
        timezone,
        valid_from,
        row_number() over (partition by user_id order by valid_from) as rank,
        lead(valid_from) over (partition by user_id order by valid_from) as valid_until
    from listeners
),

known as (
    select
        user_id,
        timezone,
        case
            when rank = 1 then cast('0001-01-01 00:00:00+00:00' as timestamptz) else valid_from
        end as valid_from,
        coalesce(valid_until, cast('9999-12-31 00:00:00+00:00' as timestamptz)) as valid_until
    from numbered
),

without_zone as (
    select distinct user_id
    from events
    where user_id not in (select known.user_id from known)
),

final as (
    select * from known
    union all
    select
        user_id,
        'UTC' as timezone,
        cast('0001-01-01 00:00:00+00:00' as timestamptz) as valid_from,
        cast('9999-12-31 00:00:00+00:00' as timestamptz) as valid_until
    from without_zone
)

select * from final
