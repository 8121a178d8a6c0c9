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
        source,
        source_rank,
        recording_id,
        names_key,
        reject_reason,
        {{ epoch_ms('played_at') }} as ended_ms,
        -- what it says was heard in one go; the recent list says nothing, so the whole track
        {{ var('whole_play_share') }} * coalesce(ms_played, duration_ms) as nearly_all_ms,
        source = 'recently_played' as is_listed
    from {{ ref('silver_checked') }}
    {{ of_changed_listeners() }}
),

resubmissions as (
    select * from {{ ref('silver_resubmissions') }}
    {{ of_changed_listeners() }}
),

valid as (
    select * from checked
    where
        reject_reason is null
        and event_id not in (select resubmissions.event_id from resubmissions)
),

-- one source alone repeats nothing else, except for the recent list
listeners_with_several_sources as (
    select user_id
    from valid
    group by user_id
    having min(source) <> max(source) or max(source) = 'recently_played'
),

candidates as (
    select valid.*
    from valid
    inner join listeners_with_several_sources
        on valid.user_id = listeners_with_several_sources.user_id
),

precise as (
    select * from candidates
    where source <> 'account_data'
),

-- The recent list may tell of a play again when the app is opened anew: two of its neighbours that
-- end closer than the track is long cannot both be whole
listed as (
    select
        *,
        case
            when
                is_listed
                and recording_id = lag(recording_id)
                    over (
                        partition by user_id, source
                        order by ended_ms, event_id
                    )
                and ended_ms - lag(ended_ms) over (
                    partition by user_id, source
                    order by ended_ms, event_id
                ) < nearly_all_ms
                then 1
            else 0
        end as is_repeated
    from precise
),

with_previous as (
    select
        *,
        ended_ms - lag(ended_ms) over (
            partition by user_id, recording_id
            order by ended_ms, event_id
        ) as since_ms,
        lag(is_listed) over (
            partition by user_id, recording_id
            order by ended_ms, event_id
        ) as is_after_listed
    from listed
),

steps as (
    select
        *,
        case
            when since_ms <= {{ var('same_play_seconds') }} * 1000 then 0
            when is_repeated = 1 then 0
            -- told of by the list while another source knows that it went on
            when is_after_listed and not is_listed and since_ms < nearly_all_ms then 0
            else 1
        end as starts_group
    from with_previous
),

neighbourhoods as (
    select
        *,
        sum(starts_group) over (
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
        row_number()
            over (
                partition by user_id, recording_id, neighbourhood, source
                order by ended_ms, event_id
            )
        - sum(is_repeated)
            over (
                partition by user_id, recording_id, neighbourhood, source
                order by ended_ms, event_id
                rows between unbounded preceding and current row
            )
        + first_value(is_repeated) over (
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
        source_rank,
        names_key,
        ended_ms,
        first_value(event_id) over (
            partition by user_id, recording_id, neighbourhood, turn
            order by source_rank, ended_ms desc, event_id
        ) as play_event_id,
        first_value(ended_ms) over (
            partition by user_id, recording_id, neighbourhood, turn
            order by source_rank, ended_ms desc, event_id
        ) as play_ended_ms
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
        case
            when
                abs(ended_ms - play_ended_ms) > {{ var('same_play_seconds') }} * 1000
                then 'ended within the same listen'
            else 'same recording within seconds'
        end as matched_by
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

    union all

    select
        event_id,
        play_event_id,
        user_id,
        source,
        'same device start' as matched_by
    from resubmissions
)

select * from final
