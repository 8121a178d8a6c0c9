-- Grain: a play or a skip as one source reported it.
{{ config(materialized=view_or_table()) }}

with

events as (
    select * from {{ ref('silver_events') }}
),

merged as (
    select * from {{ ref('silver_merged') }}
),

final as (
    select
        events.event_id,
        events.user_id,
        events.event_type,
        events.track_id,
        events.track_name,
        events.artist_name,
        events.source,
        events.played_at,
        events.started_at,
        events.ms_played,
        events.duration_ms,
        events.device_type,
        coalesce(merged.play_event_id, events.event_id) as play_event_id,
        merged.matched_by
    from events
    left join merged on events.event_id = merged.event_id and events.user_id = merged.user_id
)

select * from final
