{{ config(materialized=view_or_table()) }}

with

listens as (
    select * from {{ ref('silver_listens') }}
),

final as (
    select * from listens
    where event_type = 'skip'
)

select * from final
