{#- A bronze model over one topic's records: the columns every event has, then `extra` ones, then
    where and when it landed. spotifyweb/events.py is where the columns come from. -#}
{% macro bronze_events(dataset, extra=[]) -%}
    with

    source as (
        select * from {{ landed_rows(dataset) }}
    ),

    final as (
        select
            event_id,
            user_id,
            event_type,
            played_at,
            track_id,
            track_name,
            artist_id,
            artist_name,
            album_id,
            album_name,
            duration_ms,
            device_type,
            device_name,
            platform,
            content_type,
            context,
            isrc,
            source,
            {%- for column in extra %}
            {{ column }},
            {%- endfor %}
            landed_at,
            log_partition,
            log_offset
        from source
    )

    select * from final
{%- endmacro %}

{#- What only a play or a skip says. -#}
{% macro listen_columns() -%}
    {{ return([
        'started_at', 'device_started_at', 'ms_played', 'skipped', 'reason_start', 'reason_end',
        'shuffle', 'offline', 'incognito', 'country',
    ]) }}
{%- endmacro %}
