{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ delete_changed_listeners(this) }}"
) }}

with recursive

matched as (
    select * from {{ ref('silver_matched') }}
    {{ of_changed_listeners() }}
),

checked as (
    select
        event_id,
        user_id,
        source,
        source_rank,
        played_at
    from {{ ref('silver_checked') }}
    {{ of_changed_listeners() }}
),

separations as (
    select * from {{ ref('silver_separations') }}
),

-- pairs that the rules take for one play and the listener does not
separated as (
    select
        separations.first_event_id,
        separations.second_event_id,
        coalesce(first_matched.play_event_id, separations.first_event_id) as play_event_id
    from separations
    left join matched as first_matched on separations.first_event_id = first_matched.event_id
    left join matched as second_matched on separations.second_event_id = second_matched.event_id
    where
        coalesce(first_matched.play_event_id, separations.first_event_id)
        = coalesce(second_matched.play_event_id, separations.second_event_id)
),

disputed as (
    select distinct play_event_id from separated
),

members as (
    select
        event_id,
        play_event_id,
        matched_by
    from matched
    where play_event_id in (select disputed.play_event_id from disputed)

    union all

    select
        play_event_id as event_id,
        play_event_id,
        'kept' as matched_by
    from disputed
),

ranked as (
    select
        members.event_id,
        members.play_event_id,
        members.matched_by,
        checked.user_id,
        checked.source,
        row_number() over (
            partition by members.play_event_id
            order by
                case when members.matched_by = 'kept' then 0 else 1 end,
                checked.source_rank,
                checked.played_at desc,
                members.event_id
        ) as rank
    from members
    inner join checked on members.event_id = checked.event_id
),

conflicts as (
    select
        case when one.rank > other.rank then one.event_id else other.event_id end as event_id,
        case when one.rank > other.rank then other.event_id else one.event_id end
            as better_event_id
    from separated
    inner join ranked as one on separated.first_event_id = one.event_id
    inner join ranked as other on separated.second_event_id = other.event_id
),

-- an event stands one level below the lowest that it must not join: 0 is the play itself
levels (event_id, level) as (
    select
        event_id,
        1 as level
    from conflicts

    union all

    select
        conflicts.event_id,
        levels.level + 1 as level
    from conflicts
    inner join levels on conflicts.better_event_id = levels.event_id
),

lowest as (
    select
        event_id,
        max(level) as level
    from levels
    group by event_id
),

-- those of one level still report one play
reseated as (
    select
        ranked.event_id,
        ranked.user_id,
        ranked.source,
        ranked.matched_by,
        first_value(ranked.event_id) over (
            partition by ranked.play_event_id, coalesce(lowest.level, 0)
            order by ranked.rank
        ) as play_event_id
    from ranked
    left join lowest on ranked.event_id = lowest.event_id
),

final as (
    select
        event_id,
        play_event_id,
        user_id,
        source,
        matched_by
    from matched
    where play_event_id not in (select disputed.play_event_id from disputed)

    union all

    select
        event_id,
        play_event_id,
        user_id,
        source,
        matched_by
    from reseated
    where event_id <> play_event_id
)

select * from final
