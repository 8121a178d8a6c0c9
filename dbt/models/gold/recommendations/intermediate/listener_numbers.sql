-- Grain: one listener. A number that a listener keeps through every build.
{{ config(materialized='incremental', incremental_strategy='append') }}

with listeners as (
    select distinct user_id from {{ ref('silver_plays') }}
),

{% if is_incremental() %}
    new as (
        select listeners.user_id
        from listeners
        left join {{ this }} as known on listeners.user_id = known.user_id
        where known.user_id is null
    ),

    highest as (
        select coalesce(max(listener_no), 0) as listener_no from {{ this }}
    ),
{% else %}
    new as (
        select user_id from listeners
    ),

    highest as (
        select 0 as listener_no
    ),
{% endif %}

final as (
    select
        cast(highest.listener_no + row_number() over (order by new.user_id) as integer)
            as listener_no,
        new.user_id
    from new
    cross join highest
)

select * from final
