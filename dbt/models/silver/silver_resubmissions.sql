{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ delete_changed_listeners(this) }}"
) }}

with

checked as (
    select
        event_id,
        user_id,
        track_id,
        ms_played,
        source,
        reject_reason,
        {{ epoch_ms('played_at') }} as ended_ms,
        {{ epoch_ms('started_at') }} as started_ms,
        {{ epoch_ms('device_started_at') }} as device_ms
    from {{ ref('silver_checked') }}
    {{ of_changed_listeners() }}
),

history as (
    select
        *,
        floor(ended_ms / 1000) as ended_second,
        ended_ms - ms_played as implied_ms
    from checked
    where reject_reason is null and source = 'extended_history' and ms_played is not null
),

-- rows of before device starts were kept have the one that was believed; of the others the start is
-- only implied by the end, give or take ten seconds
begun as (
    select
        *,
        device_ms is null and implied_ms - coalesce(started_ms, implied_ms) <= 10000 as is_implied,
        case
            when device_ms is not null then device_ms
            when implied_ms - started_ms > 10000 then started_ms
            else implied_ms
        end as began_ms
    from history
),

ordered as (
    select
        *,
        lag(began_ms) over (
            partition by user_id, track_id, ms_played
            order by began_ms, ended_ms, event_id
        ) as previous_began_ms,
        lag(ended_second) over (
            partition by user_id, track_id, ms_played
            order by began_ms, ended_ms, event_id
        ) as previous_ended_second,
        lag(is_implied) over (
            partition by user_id, track_id, ms_played
            order by began_ms, ended_ms, event_id
        ) as is_previous_implied
    from begun
),

-- what ended in one second of an export was separated by the import, which knew more
compared as (
    select
        *,
        case
            when is_implied and is_previous_implied then 1
            when is_implied or is_previous_implied
                then
                    case
                        when ended_second = previous_ended_second then 1
                        when ms_played <= 10000 then 1
                        when began_ms - previous_began_ms <= 10000 then 0
                        else 1
                    end
            when began_ms = previous_began_ms then 0
            when ended_second = previous_ended_second then 1
            when floor(began_ms / 1000) = floor(previous_began_ms / 1000) then 0
            else 1
        end as is_another
    from ordered
),

numbered as (
    select
        *,
        sum(is_another) over (
            partition by user_id, track_id, ms_played
            order by began_ms, ended_ms, event_id
            rows between unbounded preceding and current row
        ) as beginning
    from compared
),

plays as (
    select
        event_id,
        user_id,
        source,
        first_value(event_id) over (
            partition by user_id, track_id, ms_played, beginning
            order by ended_ms, event_id
        ) as play_event_id
    from numbered
),

final as (
    select
        event_id,
        play_event_id,
        user_id,
        source
    from plays
    where event_id <> play_event_id
)

select * from final
