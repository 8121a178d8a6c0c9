{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_changed_listeners(this) }}"
) }}

with

checked as (
    select
        event_id,
        user_id,
        source,
        source_rank,
        recording_id,
        names_key,
        reject_reason,
        played_at,
        {{ epoch_ms('played_at') }} as ended_ms
    from {{ ref('silver_checked') }}
    {{ of_changed_listeners() }}
),

valid as (
    select * from checked
    where reject_reason is null
),

-- who has one source only has nothing to merge
listeners_of_several_sources as (
    select user_id
    from valid
    group by user_id
    having min(source) <> max(source)
),

candidates as (
    select valid.*
    from valid
    inner join listeners_of_several_sources on valid.user_id = listeners_of_several_sources.user_id
),

precise as (
    select * from candidates
    where source <> 'account_data'
),

steps as (
    select
        *,
        case
            when
                ended_ms - lag(ended_ms) over (
                    partition by user_id, recording_id
                    order by ended_ms, event_id
                ) <= {{ var('same_play_seconds') }} * 1000
                then 0
            else 1
        end as is_apart
    from precise
),

neighbourhoods as (
    select
        *,
        sum(is_apart) over (
            partition by user_id, recording_id
            order by ended_ms, event_id
            rows between unbounded preceding and current row
        ) as neighbourhood
    from steps
),

-- within a neighbourhood the n-th play of one source is the n-th of another: a loop stays a loop
turns as (
    select
        *,
        row_number() over (
            partition by user_id, recording_id, neighbourhood, source
            order by ended_ms, event_id
        ) as turn
    from neighbourhoods
),

precise_matches as (
    select
        event_id,
        user_id,
        source,
        names_key,
        ended_ms,
        first_value(event_id) over (
            partition by user_id, recording_id, neighbourhood, turn
            order by source_rank, event_id
        ) as play_event_id
    from turns
),

-- Account data knows names and the minute only
by_minute as (
    select
        event_id,
        user_id,
        source,
        names_key,
        ended_ms,
        floor(ended_ms / 60000) as ended_minute,
        0 as is_account_data
    from precise_matches
    where event_id = play_event_id

    union all

    select
        event_id,
        user_id,
        source,
        names_key,
        ended_ms,
        floor(ended_ms / 60000) as ended_minute,
        1 as is_account_data
    from candidates
    where source = 'account_data'
),

minute_turns as (
    select
        *,
        row_number() over (
            partition by user_id, names_key, ended_minute, is_account_data
            order by ended_ms, event_id
        ) as turn
    from by_minute
),

minute_matches as (
    select
        event_id,
        user_id,
        source,
        is_account_data,
        first_value(event_id) over (
            partition by user_id, names_key, ended_minute, turn
            order by is_account_data, event_id
        ) as play_event_id
    from minute_turns
),

final as (
    select
        event_id,
        play_event_id,
        user_id,
        source,
        'same recording within seconds' as matched_by
    from precise_matches
    where event_id <> play_event_id

    union all

    select
        event_id,
        play_event_id,
        user_id,
        source,
        'same names and minute' as matched_by
    from minute_matches
    where is_account_data = 1 and event_id <> play_event_id
)

select * from final
