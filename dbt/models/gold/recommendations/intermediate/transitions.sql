-- Grain: one listener, one track and one of the 50 tracks that most follow it in their sessions.
-- A pair of plays counts when both lie in one session, at most 20 positions apart: near ones
-- more, the way forward more than the way back, recent ones more. Listeners whose plays are as
-- they were are left alone: `strength` is measured from 2020, so it does not age
-- (weight = strength * 2^(-days since 2020 / half-life) / (source_plays + 2)).
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ delete_changed_fingerprints() }}"
) }}
{% set p = var('recommendations') %}
{% set buckets = 10 %}

with fingerprints as (
    select * from {{ ref('listener_fingerprints') }}
    {% if is_incremental() %}
        where listener_no not in (select made.listener_no from {{ this }} as made)
    {% endif %}
),

plays as (
    select
        plays.listener_no,
        plays.track_no,
        plays.play_no,
        plays.session_no,
        plays.growth
    from {{ ref('play_sequence') }} as plays
    inner join fingerprints on plays.listener_no = fingerprints.listener_no
),

source_plays as (
    select
        listener_no,
        track_no,
        count(*) as plays
    from plays
    group by listener_no, track_no
),

steps as (
    {%- for step in range(1, [p['window'] | int, 1] | max + 1) %}
        select
            {{ step }} as step,
            power({{ step }}, -{{ p['distance_power'] }}) as nearness
        {{- ' union all' if not loop.last }}
    {%- endfor %}
),

-- Ten buckets, each small enough for memory. Each reach is worked out on its own, or DuckDB joins a
-- whole session with itself first: where the music never stops that is everything ever played.
{% for bucket in range(buckets) %}
    reach_{{ bucket }} as {{ materialized() }} (
        select
            plays.listener_no,
            plays.session_no,
            plays.track_no,
            plays.play_no + steps.step as later_no,
            steps.nearness * plays.growth as strength
        from plays
        cross join steps
        where mod(plays.listener_no, {{ buckets }}) = {{ bucket }}
    ),

    forward_{{ bucket }} as (
        select
            earlier.listener_no,
            earlier.track_no as source_no,
            later.track_no as target_no,
            sum(earlier.strength) as strength
        from reach_{{ bucket }} as earlier
        inner join plays as later
            on
                earlier.listener_no = later.listener_no
                and earlier.later_no = later.play_no
                and earlier.session_no = later.session_no
        where
            earlier.track_no <> later.track_no
            and mod(later.listener_no, {{ buckets }}) = {{ bucket }}
        group by earlier.listener_no, earlier.track_no, later.track_no
    ),

    both_ways_{{ bucket }} as (
        select
            listener_no,
            source_no,
            target_no,
            sum(strength) as strength
        from (
            select
                listener_no,
                source_no,
                target_no,
                strength
            from forward_{{ bucket }}
            union all
            select
                listener_no,
                target_no,
                source_no,
                {{ p['backward'] }} * strength
            from forward_{{ bucket }}
        ) as directions
        group by listener_no, source_no, target_no
    ),

    ranked_{{ bucket }} as (
        select
            *,
            row_number() over (
                partition by listener_no, source_no order by strength desc, target_no
            ) as rank
        from both_ways_{{ bucket }}
        qualify rank <= {{ p['top'] | int }}
    ),
{% endfor %}

ranked as (
    {%- for bucket in range(buckets) %}
        select * from ranked_{{ bucket }}
        {{- ' union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        ranked.listener_no,
        ranked.source_no,
        ranked.target_no,
        ranked.strength,
        cast(source_plays.plays as integer) as source_plays,
        cast(ranked.rank as integer) as rank,
        fingerprints.fingerprint
    from ranked
    inner join source_plays
        on
            ranked.listener_no = source_plays.listener_no
            and ranked.source_no = source_plays.track_no
    inner join fingerprints on ranked.listener_no = fingerprints.listener_no
)

select * from final
order by listener_no, source_no, rank
