{#- What a build leaves out on Snowflake, where each statement costs. -#}

{#- dbt asks the engine for the columns of each model, to compare them with its contract. Every build on
    DuckDB compares them, and `create table` gives them names and types of the contract here too. -#}
{% macro snowflake__get_assert_columns_equivalent(sql) -%}
{%- endmacro %}
