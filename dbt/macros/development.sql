{#- What target `dev` needs before the first model or test: a lake where the profile looks for it, and
    in an empty database the tables of the published build, so that one model or test can run alone.
    The published file is attached read-only, and only to be copied. -#}
{% macro prepare_development_database() -%}
    {%- if execute and target.name == 'dev' -%}
        {%- do require_default_settings() -%}
        {%- do require_lake() -%}
        {%- do copy_published_build() -%}
    {%- endif -%}
{%- endmacro %}

{#- dbt reads no settings file; `manage.py dbt` reads it and sets DBT_LAKE. -#}
{% macro require_default_settings() -%}
    {%- if not env_var('DBT_LAKE', '') -%}
        {%- set pattern = '^ *(DATA_DIR|LAKE_URL|WAREHOUSE_URL|TRANSFORM_[A-Z_]+|RECOMMENDING_[A-Z_]+) *= *[^ ]' -%}
        {%- set names = run_query(
            "select distinct regexp_extract(line, '" ~ pattern ~ "', 1) as name from ("
            ~ "select unnest(string_split(content, chr(10))) as line from read_text('../.en[v]'))"
            ~ " where regexp_matches(line, '" ~ pattern ~ "') order by name"
        ).columns[0].values() -%}
        {%- if names -%}
            {%- do exceptions.raise_compiler_error(
                names | join(', ') ~ " in .env: dbt does not read that file. Run `../.venv/bin/python"
                ~ " ../manage.py dbt` with the same arguments: it does."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro require_lake() -%}
    {%- set lake = env_var('DBT_LAKE', '../var/lake') -%}
    {%- set snapshots = run_query("select 1 from glob('" ~ lake ~ "/bronze/tracks/snapshot.parquet')") -%}
    {%- if not snapshots -%}
        {%- do exceptions.raise_compiler_error(
            "No build was made from the lake in " ~ lake ~ " yet: `make run` makes the first one."
        ) -%}
    {%- endif -%}
{%- endmacro %}

{% macro copy_published_build() -%}
    {%- set folder = env_var('DBT_PUBLISHED', '../var/warehouse') -%}
    {%- set tables = run_query(
        "select 1 from duckdb_tables() where database_name = '" ~ target.database ~ "' limit 1"
    ) -%}
    {%- set build_ids = run_query(
        "select trim(content, ' ' || chr(10)) from read_text('" ~ folder ~ "/CURREN[T]')"
    ).columns[0].values() -%}
    {%- if build_ids and not tables -%}
        {%- set file = folder ~ '/builds/' ~ build_ids[0] ~ '/liner.duckdb' -%}
        {%- do log('Copying the published build ' ~ build_ids[0] ~ ' into ' ~ target.path, info=true) -%}
        {%- do run_query("attach '" ~ file ~ "' as published (read_only)") -%}
        {%- do run_query('copy from database published to ' ~ target.database) -%}
        {%- do run_query('detach published') -%}
        {%- do cache_relations() -%}
    {%- endif -%}
{%- endmacro %}

{#- dbt listed the database before it ran the hook. -#}
{% macro cache_relations() -%}
    {%- set relations = run_query(
        "select table_schema, table_name, if(table_type = 'VIEW', 'view', 'table') as type"
        ~ " from information_schema.tables where table_catalog = '" ~ target.database ~ "'"
    ) -%}
    {%- for schema, name, type in relations.rows -%}
        {%- do adapter.cache_added(
            api.Relation.create(database=target.database, schema=schema, identifier=name, type=type)
        ) -%}
    {%- endfor -%}
{%- endmacro %}
