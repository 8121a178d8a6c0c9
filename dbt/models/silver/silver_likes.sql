{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_erased(this) }}"
) }}

with

likes as (
    select * from {{ ref('bronze_likes') }}
    {{ landed_since(this) }}
),

erasures as (
    select * from {{ ref('bronze_erasures') }}
),

not_erased as (
    select likes.*
    from likes
    where not exists (
        select 1
        from erasures
        where
            erasures.user_id = likes.user_id
            and (erasures.source is null or erasures.source = likes.source)
            and likes.landed_at < erasures.before
    )
),

unknown_yet as (
    select not_erased.*
    from not_erased
    {% if is_incremental() -%}
    where not_erased.event_id not in (select known.event_id from {{ this }} as known)
    {%- endif %}
),

numbered as (
    select
        *,
        row_number() over (
            partition by event_id
            order by landed_at, log_partition, log_offset
        ) as copy_number
    from unknown_yet
),

final as (
    select
        event_id,
        user_id,
        {{ track_id('track_id', 'artist_name', 'track_name') }} as track_id,
        track_name,
        artist_id,
        artist_name,
        album_id,
        album_name,
        duration_ms,
        coalesce(content_type, 'track') as content_type,
        isrc,
        coalesce(source, 'unknown') as source,
        played_at as liked_at,
        landed_at
    from numbered
    where copy_number = 1
)

select * from final
