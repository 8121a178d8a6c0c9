-- Grain: a pair of events that are two plays for their listener.
{{ config(materialized=view_or_table()) }}

with final as (
    select
        user_id,
        first_event_id,
        second_event_id
    from {{ ref('silver_separations') }}
)

select * from final
