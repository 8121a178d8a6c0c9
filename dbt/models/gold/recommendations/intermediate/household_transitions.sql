-- Grain: one track and one of the 50 tracks that most follow it in the sessions of those who joined
-- the household, made of each one's own fifty.
{% set p = var('recommendations') %}
{% set buckets = 10 %}

with transitions as (
    select transitions.*
    from {{ ref('transitions') }} as transitions
    inner join {{ ref('household_members') }} as members
        on transitions.listener_no = members.listener_no
),

source_plays as (
    select
        plays.track_no,
        count(*) as plays
    from {{ ref('play_sequence') }} as plays
    inner join {{ ref('household_members') }} as members on plays.listener_no = members.listener_no
    group by plays.track_no
),

{% for bucket in range(buckets) %}
    summed_{{ bucket }} as (
        select
            source_no,
            target_no,
            sum(strength) as strength
        from transitions
        where mod(source_no, {{ buckets }}) = {{ bucket }}
        group by source_no, target_no
    ),

    ranked_{{ bucket }} as (
        select
            *,
            row_number() over (partition by source_no order by strength desc, target_no) as rank
        from summed_{{ bucket }}
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
        ranked.source_no,
        ranked.target_no,
        ranked.strength,
        cast(source_plays.plays as integer) as source_plays,
        cast(ranked.rank as integer) as rank
    from ranked
    inner join source_plays on ranked.source_no = source_plays.track_no
)

select * from final
order by source_no, rank
