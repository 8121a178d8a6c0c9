{{ config(materialized=view_or_table()) }}

with

listens as (
    select * from {{ ref('silver_listens') }}
),

histories as (
    select * from {{ ref('silver_histories') }}
),

final as (
    select
        listens.*,
        histories.changed_at as processed_at
    from listens
    left join histories on listens.user_id = histories.user_id
    where listens.event_type = 'play'
)

select * from final
