with

separations as (
    select * from {{ ref('bronze_separations') }}
),

checked as (
    select
        event_id,
        user_id
    from {{ ref('silver_checked') }}
    where reject_reason is null
),

-- a decision counts about events of the listener's own that are there and count
final as (
    select distinct
        separations.user_id,
        separations.first_event_id,
        separations.second_event_id
    from separations
    inner join checked as one
        on
            separations.first_event_id = one.event_id
            and separations.user_id = one.user_id
    inner join checked as other
        on
            separations.second_event_id = other.event_id
            and separations.user_id = other.user_id
)

select * from final
