{# Plain Jinja only (no return, no adapter): the evaluation renders these models without dbt. #}

{# Days from one moment to a later one, as a double; negative when they are the other way round. #}
{% macro days_between(earlier, later) -%}
    (cast(datediff('millisecond', {{ earlier }}, {{ later }}) as double) / 86400000)
{%- endmacro %}

{# The build's time in UTC: the variable as_of, which tests set, or DBT_AS_OF, which every build of
   the application sets, or now. #}
{% macro build_time() -%}
    {{ var("as_of") or env_at_run_time("DBT_AS_OF") or run_started_at }}
{%- endmacro %}

{# A variable of the environment, not read while dbt parses: it would parse the model anew whenever
   the variable changes. #}
{% macro env_at_run_time(name, default="") -%}
    {{ env_var(name, default) if execute else default }}
{%- endmacro %}

{# The moment for which the lists are made: the build's time, never the database's clock. #}
{% macro recommendations_as_of() -%}
    cast('{{ build_time() }}' as datetime)
{%- endmacro %}

{# 2^(-age / half-life) measured from a fixed day, so that a sum once made stays true for ever:
   a build multiplies it by one factor for its own time. #}
{% macro growth_since_2020(moment) -%}
    power(2, {{ days_between("cast('2020-01-01' as datetime)", moment) }} / {{ var('recommendations')['half_life_days'] }})
{%- endmacro %}

{# The power law of memory: what one play, so many days ago, still adds. #}
{% macro memory(age_days) -%}
    power(greatest({{ age_days }}, 0) + 0.5, -0.5)
{%- endmacro %}

{# Before `transitions` adds: drop what was made from plays that have changed since. #}
{% macro delete_changed_fingerprints() -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    where not exists (
        select 1
        from {{ ref('listener_fingerprints') }} as fingerprints
        where fingerprints.listener_no = {{ this }}.listener_no and fingerprints.fingerprint = {{ this }}.fingerprint
    )
    {%- endif -%}
{%- endmacro %}

{# A step that is worked out on its own, where the engine would otherwise mix it with its reader. #}
{% macro materialized() -%}
    {%- if target is not defined or target.type == 'duckdb' -%} materialized {%- endif -%}
{%- endmacro %}
