{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=["{{ delete_erased(this) }}", "{{ select_new_objects(['plays', 'skips']) }}"],
    post_hook=["{{ select_all_objects(['plays', 'skips']) }}", "{{ limit_threads(this) }}"]
) }}

with

plays as (
    {{ new_events(ref('bronze_plays')) }}
),

skips as (
    {{ new_events(ref('bronze_skips')) }}
),

heard as (
    select * from plays
    union all
    select * from skips
),

platforms as (
    select distinct
        platform,
        {{ words('platform') }} as platform_words
    from heard
),

-- what an export calls a platform is read anew, whatever the import of then made of it
devices as (
    select
        platform,
        {{ device_type('platform_words') }} as device_type
    from platforms
),

final as (
    select
        heard.event_id,
        heard.user_id,
        heard.event_type,
        {{ track_id('heard.track_id', 'heard.artist_name', 'heard.track_name') }} as track_id,
        heard.track_name,
        heard.artist_id,
        heard.artist_name,
        heard.album_id,
        heard.album_name,
        -- account data names the author of a chapter, the others its book
        case
            when heard.content_type = 'chapter' and heard.album_name is not null
                then {{ names_key('heard.album_name', 'heard.track_name') }}
            else {{ names_key('heard.artist_name', 'heard.track_name') }}
        end as names_key,
        heard.duration_ms,
        heard.ms_played,
        heard.started_at,
        heard.device_started_at,
        heard.played_at,
        case
            when heard.source = 'extended_history' then devices.device_type
            else heard.device_type
        end as device_type,
        heard.device_name,
        heard.platform,
        coalesce(heard.content_type, 'track') as content_type,
        heard.context,
        heard.isrc,
        coalesce(heard.source, 'unknown') as source,
        heard.skipped,
        heard.shuffle,
        heard.offline,
        heard.incognito,
        heard.country,
        heard.reason_start,
        heard.reason_end,
        heard.landed_at
    from heard
    left join devices on heard.platform = devices.platform
)

select * from final
