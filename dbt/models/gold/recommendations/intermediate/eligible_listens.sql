-- Grain: one play or skip of a track that no rule of its listener leaves out: the evidence of every
-- recommendation.
{{ config(materialized=view_or_table()) }}

with listens as (
    select * from {{ ref('silver_listens') }}
    where content_type = 'track'
),

excluded as (
    select event_id from {{ ref('excluded_listens') }}
),

final as (
    select
        listens.event_id,
        listens.user_id,
        listens.event_type,
        listens.track_id,
        listens.artist_name,
        cast(listens.started_at as datetime) as started_at,
        cast(listens.played_at as datetime) as played_at,
        listens.local_date,
        cast(extract(hour from listens.local_at) as integer) as local_hour,
        listens.ms_played
    from listens
    left join excluded on listens.event_id = excluded.event_id
    where excluded.event_id is null
)

select * from final
