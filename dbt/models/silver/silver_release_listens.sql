{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ delete_changed_listeners(this) }}"
) }}

{% set described_by_best = [
    'track_id', 'track_name', 'artist_id', 'artist_name', 'album_id', 'album_name'
] %}
{% set about_playback = [
    'device_type', 'device_name', 'platform', 'content_type', 'context', 'isrc', 'source'
] %}
{% set about_ends = ['skipped', 'shuffle', 'offline', 'reason_start', 'reason_end'] %}
{% set best_of_all = (
    ['event_type', 'duration_ms', 'ms_played', 'started_at', 'played_at']
    + about_playback + about_ends
) %}

with

checked as (
    select * from {{ ref('silver_checked') }}
    {{ of_changed_listeners() }}
),

merged as (
    select * from {{ ref('silver_merged') }}
),

zones as (
    select * from {{ ref('silver_zones') }}
),

valid as (
    select * from checked
    where reject_reason is null
),

-- the real plays that several sources saw, and each of their events
members as (
    select
        event_id,
        play_event_id,
        matched_by <> 'same device start' as is_evidence
    from merged
    union
    select
        play_event_id as event_id,
        play_event_id,
        true as is_evidence
    from merged
),

alone as (
    select
        valid.event_id,
        valid.user_id,
        {% for name in described_by_best + best_of_all %}
            valid.{{ name }},
        {% endfor %}
        valid.source as sources,
        valid.landed_at
    from valid
    where valid.event_id not in (select members.event_id from members)
),

evidence as (
    select
        valid.*,
        members.play_event_id,
        valid.event_id = members.play_event_id as is_best
    from valid
    inner join members on valid.event_id = members.event_id
    -- a play that was handed in again ended when it was handed in first
    where members.is_evidence
),

unioned as (
    select
        play_event_id as event_id,
        user_id,
        {% for name in described_by_best %}
            max(case when is_best then {{ name }} end) as {{ name }},
        {% endfor %}
        {% for name in best_of_all %}
            {{ best_source_value(name) }} as {{ name }},
        {% endfor %}
        {{ string_agg_distinct('source') }} as sources,
        max(landed_at) as landed_at
    from evidence
    group by play_event_id, user_id
),

listens as (
    select * from alone
    union all
    select * from unioned
),

-- played_at is the end, so what came before it bounds how long it can have been heard
placed as (
    select
        event_id,
        user_id,
        played_at,
        started_at,
        ms_played,
        duration_ms,
        coalesce(device_type, platform) as device,
        lag(played_at) over (
            partition by user_id
            order by played_at, event_id
        ) as previous_ended_at
    from listens
),

heard as (
    select
        *,
        case
            when ms_played is not null then ms_played
            -- nobody knows: DuckDB's least() would take the whole silence before it
            when duration_ms is null then null
            when previous_ended_at is null then duration_ms
            else
                least(
                    duration_ms,
                    {{ epoch_ms('played_at') }} - {{ epoch_ms('previous_ended_at') }}
                )
        end as heard_ms
    from placed
),

timed as (
    select
        event_id,
        user_id,
        played_at,
        heard_ms,
        device,
        case
            when started_at <= played_at then started_at
            else {{ from_epoch_ms(epoch_ms('played_at') ~ " - coalesce(heard_ms, 0)") }}
        end as began_at
    from heard
),

quiet as (
    select
        *,
        -- a source that names no device goes on with the one before
        {{ last_known('device') }} over (
            partition by user_id
            order by played_at, event_id
            rows between unbounded preceding and current row
        ) as lane,
        lag(
            {{ quiet_from_ms(epoch_ms('began_at'), epoch_ms('played_at'), 'heard_ms') }}
        ) over (
            partition by user_id
            order by played_at, event_id
        ) as quiet_since_ms
    from timed
),

-- a session begins with the listen after a long silence and is named after it
beginnings as (
    select
        event_id,
        user_id,
        played_at,
        heard_ms,
        began_at,
        lane,
        case
            when {{ begins_session(epoch_ms('began_at'), 'quiet_since_ms') }}
                then event_id
        end as begun_session_id
    from quiet
),

sessions as (
    select
        event_id,
        user_id,
        heard_ms,
        began_at,
        lane,
        least(
            {{ epoch_ms('played_at') }},
            {{ epoch_ms('began_at') }} + coalesce(heard_ms, 0)
        ) as until_ms,
        {{ last_known('begun_session_id') }} over (
            partition by user_id
            order by played_at, event_id
            rows between unbounded preceding and current row
        ) as session_id
    from beginnings
),

-- One device plays one thing at a time. Where the listens of a device overlap, because clocks
-- differ or a whole offline evening was handed in at once, those before give way backwards: each
-- ends, at the latest, where the next one begins. From the last one on, that is the least of what
-- follows.
following as (
    select
        *,
        cast(
            sum(coalesce(heard_ms, 0)) over (
                partition by user_id, lane
                order by until_ms desc, event_id desc
                rows between unbounded preceding and current row
            ) as bigint
        ) as from_here_ms
    from sessions
),

laid_out as (
    select
        *,
        until_ms - coalesce(heard_ms, 0) as own_from_ms,
        min(until_ms + from_here_ms - coalesce(heard_ms, 0)) over (
            partition by user_id, lane
            order by until_ms desc, event_id desc
            rows between unbounded preceding and current row
        ) - from_here_ms as free_from_ms
    from following
),

localised as (
    select
        laid_out.event_id,
        laid_out.heard_ms,
        laid_out.began_at,
        laid_out.session_id,
        -- a device that would have played for more than a day before is several
        case
            when laid_out.own_from_ms - laid_out.free_from_ms > {{ var('most_moved_ms') }}
                then laid_out.own_from_ms
            else laid_out.free_from_ms
        end as listening_from_ms,
        {{ epoch_ms('laid_out.began_at') }} as began_ms,
        zones.timezone,
        {{ to_local('laid_out.began_at', 'zones.timezone') }} as local_at
    from laid_out
    inner join zones
        on
            laid_out.user_id = zones.user_id
            and laid_out.began_at >= zones.valid_from
            and laid_out.began_at < zones.valid_until
),

final as (
    select
        listens.event_id,
        listens.user_id,
        listens.event_type,
        listens.track_id,
        listens.track_name,
        listens.artist_id,
        listens.artist_name,
        listens.album_id,
        listens.album_name,
        listens.duration_ms,
        listens.ms_played,
        localised.heard_ms,
        localised.began_at as started_at,
        listens.played_at as ended_at,
        listens.played_at,
        localised.local_at,
        cast(localised.local_at as date) as local_date,
        localised.timezone,
        cast(
            ({{ epoch_ms('localised.local_at') }} - localised.began_ms) / 60000 as integer
        ) as utc_offset_minutes,
        {{ from_epoch_ms('localised.listening_from_ms') }} as listening_from,
        -- whether some of it was heard in another hour than the one in which it began
        coalesce(localised.heard_ms, 0) > 0
        and (
            mod({{ epoch_ms('localised.local_at') }}, 3600000)
            + localised.listening_from_ms - localised.began_ms < 0
            or mod({{ epoch_ms('localised.local_at') }}, 3600000)
            + localised.listening_from_ms - localised.began_ms
            + localised.heard_ms > 3600000
        ) as spans_hours,
        {% for name in about_playback + ['sources'] + about_ends %}
            listens.{{ name }},
        {% endfor %}
        greatest(coalesce(listens.ms_played, 0), coalesce(listens.duration_ms, 0))
        > {{ var('long_play_ms') }} as is_over_ten_minutes,
        listens.duration_ms is null as is_duration_unknown,
        localised.session_id,
        listens.landed_at
    from listens
    inner join localised on listens.event_id = localised.event_id
)

select * from final
-- who asks asks of one listener: their rows lie together
order by user_id, played_at
