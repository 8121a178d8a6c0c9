{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_erased(this) }}"
) }}

with

plays as (
    select * from {{ ref('bronze_plays') }}
    {{ landed_since(this) }}
),

skips as (
    select * from {{ ref('bronze_skips') }}
    {{ landed_since(this) }}
),

erasures as (
    select * from {{ ref('bronze_erasures') }}
),

heard as (
    select * from plays
    union all
    select * from skips
),

not_erased as (
    select heard.*
    from heard
    where not exists (
        select 1
        from erasures
        where
            erasures.user_id = heard.user_id
            and (erasures.source is null or erasures.source = heard.source)
            and heard.landed_at < erasures.before
    )
),

unknown_yet as (
    select not_erased.*
    from not_erased
    {% if is_incremental() -%}
    where not_erased.event_id not in (select known.event_id from {{ this }} as known)
    {%- endif %}
),

-- an event that landed twice counts once, as it landed first
repeated as (
    select event_id
    from unknown_yet
    group by event_id
    having count(*) > 1
),

copies as (
    select
        unknown_yet.*,
        row_number() over (
            partition by event_id
            order by landed_at, log_partition, log_offset
        ) as copy_number
    from unknown_yet
    where event_id in (select repeated.event_id from repeated)
),

unique_events as (
    select
        unknown_yet.*,
        1 as copy_number
    from unknown_yet
    where event_id not in (select repeated.event_id from repeated)

    union all

    select * from copies
    where copy_number = 1
),

final as (
    select
        event_id,
        user_id,
        event_type,
        {{ track_id('track_id', 'artist_name', 'track_name') }} as track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        {{ names_key('artist_name', 'track_name') }} as names_key,
        duration_ms,
        ms_played,
        started_at,
        played_at,
        device_type,
        device_name,
        platform,
        coalesce(content_type, 'track') as content_type,
        context,
        isrc,
        coalesce(source, 'unknown') as source,
        skipped,
        shuffle,
        offline,
        incognito,
        country,
        reason_start,
        reason_end,
        landed_at
    from unique_events
)

select * from final
