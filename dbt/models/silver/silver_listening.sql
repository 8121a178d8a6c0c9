{{ config(materialized=view_or_table()) }}
{%- set listen = [
    'event_id', 'user_id', 'event_type', 'track_id', 'release_track_id', 'artist_name',
    'album_name', 'folded_artist_name', 'folded_album_name', 'device_name', 'platform',
    'content_type', 'context', 'source', 'shuffle', 'offline', 'reason_start', 'reason_end',
] %}

with

listens as (
    select * from {{ ref('silver_listens') }}
),

hours as (
    select * from {{ ref('silver_listen_hours') }}
),

-- counted where it began, with its time where all of it was heard in that hour
begun as (
    select
        {{ listen | join(',\n        ') }},
        coalesce(device_type, 'unknown') as device_type,
        cast(extract(hour from local_at) as integer) as start_hour,
        heard_ms as listened_ms,
        local_date,
        cast(extract(hour from local_at) as integer) as local_hour,
        utc_offset_minutes,
        case when event_type = 'play' then 1 else 0 end as plays,
        case when event_type = 'skip' then 1 else 0 end as skips,
        case when spans_hours then 0 else coalesce(heard_ms, 0) end as heard_ms
    from listens
),

spread as (
    select
        {{ listen | join(',\n        ') }},
        coalesce(device_type, 'unknown') as device_type,
        start_hour,
        listened_ms,
        local_date,
        local_hour,
        utc_offset_minutes,
        0 as plays,
        0 as skips,
        heard_ms
    from hours
),

final as (
    select * from begun
    union all
    select * from spread
)

select * from final
