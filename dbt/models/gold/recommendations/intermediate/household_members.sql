-- Grain: one listener who joined the household and listens here. Only they hear of one another's
-- tracks; empty as long as it is one alone.

with members as (
    select
        listeners.listener_no,
        listeners.user_id
    from {{ ref('bronze_household_members') }} as agreed
    inner join {{ ref('listener_numbers') }} as listeners
        on agreed.user_id = listeners.user_id
),

counted as (
    select
        *,
        count(*) over () as unioned
    from members
),

final as (
    select
        listener_no,
        user_id
    from counted
    where unioned > 1
)

select * from final
