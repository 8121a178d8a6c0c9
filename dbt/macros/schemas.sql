{#- Schemas are called bronze, silver and gold; on an engine where builds live side by side in one
    database the build's suffix follows. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}{{ env_var('DBT_SCHEMA_SUFFIX', '') }}
{%- endmacro %}
