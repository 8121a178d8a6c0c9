{#- What DuckDB and Snowflake say differently. Everything else in this project is one SQL.

    Nothing asks for the session's time zone: dbt cannot set it on Snowflake. -#}

{#- The naive wall time of a moment in a zone (a column or a literal). -#}
{% macro to_local(moment, zone) -%}
    {{ return(adapter.dispatch('to_local')(moment, zone)) }}
{%- endmacro %}

{% macro duckdb__to_local(moment, zone) -%}
    timezone({{ zone }}, {{ moment }})
{%- endmacro %}

{% macro snowflake__to_local(moment, zone) -%}
    cast(convert_timezone({{ zone }}, {{ moment }}) as timestamp_ntz)
{%- endmacro %}

{#- The words of a text in lower case, without what stands between them, each with a blank before
    and behind. -#}
{% macro words(value) -%}
    {{ return(adapter.dispatch('words')(value)) }}
{%- endmacro %}

{% macro duckdb__words(value) -%}
    ' ' || regexp_replace(lower({{ value }}), '[^a-z0-9]+', ' ', 'g') || ' '
{%- endmacro %}

{% macro snowflake__words(value) -%}
    ' ' || regexp_replace(lower({{ value }}), '[^a-z0-9]+', ' ') || ' '
{%- endmacro %}

{#- Whole milliseconds since 1970. -#}
{% macro epoch_ms(moment) -%}
    {{ return(adapter.dispatch('epoch_ms')(moment)) }}
{%- endmacro %}

{% macro duckdb__epoch_ms(moment) -%}
    epoch_ms({{ moment }})
{%- endmacro %}

{% macro snowflake__epoch_ms(moment) -%}
    date_part(epoch_millisecond, {{ moment }})
{%- endmacro %}

{#- The moment that many whole milliseconds after 1970. -#}
{% macro from_epoch_ms(number) -%}
    {{ return(adapter.dispatch('from_epoch_ms')(number)) }}
{%- endmacro %}

{% macro duckdb__from_epoch_ms(number) -%}
    make_timestamptz(({{ number }}) * 1000)
{%- endmacro %}

{% macro snowflake__from_epoch_ms(number) -%}
    convert_timezone('UTC', to_timestamp_ltz({{ number }}, 3))
{%- endmacro %}

{#- 0 on Monday to 6 on Sunday. -#}
{% macro weekday(day) -%}
    {{ return(adapter.dispatch('weekday')(day)) }}
{%- endmacro %}

{% macro duckdb__weekday(day) -%}
    cast(isodow({{ day }}) - 1 as integer)
{%- endmacro %}

{% macro snowflake__weekday(day) -%}
    cast(dayofweekiso({{ day }}) - 1 as integer)
{%- endmacro %}

{#- Of a window, the last value that is there; `over` follows. -#}
{% macro last_known(value) -%}
    {{ return(adapter.dispatch('last_known')(value)) }}
{%- endmacro %}

{% macro duckdb__last_known(value) -%}
    last_value({{ value }} ignore nulls)
{%- endmacro %}

{% macro snowflake__last_known(value) -%}
    last_value({{ value }}) ignore nulls
{%- endmacro %}

{#- The distinct texts of a group, sorted, comma separated. -#}
{% macro string_agg_distinct(value) -%}
    {{ return(adapter.dispatch('string_agg_distinct')(value)) }}
{%- endmacro %}

{% macro duckdb__string_agg_distinct(value) -%}
    string_agg(distinct {{ value }}, ',' order by {{ value }})
{%- endmacro %}

{% macro snowflake__string_agg_distinct(value) -%}
    listagg(distinct {{ value }}, ',') within group (order by {{ value }})
{%- endmacro %}

{#- A number that changes when any of these columns changes in any row of the group. -#}
{% macro row_fingerprint(columns) -%}
    sum(hash({{ columns | join(', ') }}))
{%- endmacro %}

{#- After the table of all events: as many threads as it can occupy. DuckDB shares out a scan by row
    groups of 122,880 rows; a thread without one waits, and waiting took half the processor time. -#}
{% macro limit_threads(events) -%}
    {{ return(adapter.dispatch('limit_threads')(events)) }}
{%- endmacro %}

{% macro default__limit_threads(events) -%}
{%- endmacro %}

{% macro duckdb__limit_threads(events) -%}
    {%- if execute -%}
        {%- set threads = run_query(
            "select least(current_setting('threads'), 1 + count(*) // (2 * 122880)) from " ~ events
        ).columns[0].values()[0] -%}
        set threads = {{ threads }}
    {%- endif -%}
{%- endmacro %}
