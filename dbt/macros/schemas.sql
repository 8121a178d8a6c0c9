{#- Schemas are called bronze, silver and gold. On Snowflake a build has its own silver and gold, whose
    names end in a suffix until it is published. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = (custom_schema_name or target.schema) | trim -%}
    {{ name }}{{ "" if name == "bronze" else env_var('DBT_SCHEMA_SUFFIX', '') }}
{%- endmacro %}

{#- A view costs no space; on Snowflake it would name the schemas of the build before it was
    published, so there it is a table. -#}
{% macro view_or_table() -%}
    {{ return('view' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}
