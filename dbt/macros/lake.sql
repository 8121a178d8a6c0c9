{#- The lake as a build reads it: on DuckDB the objects themselves, and of those only what landed since
    the build before. Snowflake's loader knows by itself what it has loaded. -#}

{#- A dataset's rows as they landed. A session that sets the variable `objects_<dataset>` to a list of
    files reads only those. The columns are those of the dataset's `_common_metadata`: to compare every
    object's own (`union_by_name`) would open them all. -#}
{% macro landed_rows(dataset) -%}
    {{ return(adapter.dispatch('landed_rows')(dataset)) }}
{%- endmacro %}

{% macro default__landed_rows(dataset) -%}
    {{ source('lake', dataset) }}
{%- endmacro %}

{% macro duckdb__landed_rows(dataset) -%}
    {#- for the lineage -#}{%- do source('lake', dataset) -%}
    (
        select * exclude (filename)
        from read_parquet(
            coalesce(getvariable('objects_{{ dataset }}'), ['{{ dataset_folder(dataset) }}/**']),
            schema = map { {{- dataset_columns(dataset) -}} },
            filename = true,
            hive_partitioning = false
        )
        where filename not in ({{ parts_that_do_not_count(dataset) }})
    )
{%- endmacro %}

{#- The rule of spotifyweb/lake/parts.py: a compacted part counts from the time in its key on, and
    replaces parts of its day and partition whose first offset it spans. `now()` is when the
    transaction began, earlier than the list: what counts by then is in it. -#}
{% macro parts_that_do_not_count(dataset) -%}
    with

    listed as (
        select
            file,
            regexp_extract(
                file,
                '(.*)/hour=[0-9]+/part-([0-9]+)-([^./]+)(\.through-([^./]+)\.from-([0-9TZ]+))?\.parquet',
                ['day', 'partition', 'first', 'suffix', 'through', 'valid_from']
            ) as part,
            strftime(timezone('UTC', now()), '%Y%m%dT%H%M%SZ') as moment
        from glob('{{ dataset_folder(dataset) }}/*/*/*/*/part-*.parquet')
    ),

    compacted as (
        select * from listed where part.valid_from <> ''
    )

    select file
    from compacted
    where part.valid_from > moment
    union all
    select listed.file
    from listed
    inner join
        compacted
        on
            listed.part.day = compacted.part.day
            and listed.part.partition = compacted.part.partition
            and listed.part.first between compacted.part.first and compacted.part.through
            and listed.part.valid_from < compacted.part.valid_from
            and compacted.part.valid_from <= compacted.moment
{%- endmacro %}

{% macro dataset_folder(dataset) -%}
    {{ env_var('DBT_LAKE', '../var/lake') }}/bronze/{{ dataset }}
{%- endmacro %}

{#- Columns that older objects lack are null in them. -#}
{% macro dataset_columns(dataset) -%}
    {%- if execute -%}
        {%- set columns = run_query(
            "describe select * from read_parquet('" ~ dataset_folder(dataset) ~ "/_common_metadata')"
        ) -%}
        {%- for column in columns.rows -%}
            '{{ column[0] }}': {name: '{{ column[0] }}', type: '{{ column[1] }}', default_value: null}
            {{- ", " if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- Where a build notes which objects its tables are made of. -#}
{% macro create_objects_read() -%}
    {{ return(adapter.dispatch('create_objects_read')()) }}
{%- endmacro %}

{% macro default__create_objects_read() -%}
{%- endmacro %}

{% macro duckdb__create_objects_read() -%}
    create schema if not exists bronze;
    create table if not exists bronze.objects_read (dataset varchar, file varchar, size bigint)
{%- endmacro %}

{#- Before an incremental model: list what these datasets hold, and let this session read only what the
    model does not know yet, or knows by another size, as a batch that is written again may be longer.
    A list tells names and sizes and opens nothing. Noted in the model's own transaction. -#}
{% macro select_new_objects(datasets) -%}
    {{ return(adapter.dispatch('select_new_objects')(datasets)) }}
{%- endmacro %}

{% macro default__select_new_objects(datasets) -%}
{%- endmacro %}

{% macro duckdb__select_new_objects(datasets) -%}
    {%- for dataset in datasets %}
    {%- if not is_incremental() %}
    delete from bronze.objects_read where dataset = '{{ dataset }}';
    {%- endif %}
    set variable listing = (
        select list({file: filename, size: size})
        from read_blob('{{ dataset_folder(dataset) }}/**')
        where filename like '%.parquet'
    );
    delete from bronze.objects_read
    where dataset = '{{ dataset }}'
    and (file, size) not in (
        select (object.file, object.size) from (select unnest(getvariable('listing')) as object)
    );
    set variable listing = (
        select list(object)
        from (select unnest(getvariable('listing')) as object)
        where (object.file, object.size) not in (
            select (file, size) from bronze.objects_read where dataset = '{{ dataset }}'
        )
    );
    set variable objects_{{ dataset }} = coalesce(
        (select list(object.file) from (select unnest(getvariable('listing')) as object)),
        ['{{ dataset_folder(dataset) }}/_common_metadata']
    );
    insert into bronze.objects_read
    select '{{ dataset }}', object.file, object.size
    from (select unnest(getvariable('listing')) as object);
    {%- endfor %}
{%- endmacro %}

{#- After it: let the session read everything again. -#}
{% macro select_all_objects(datasets) -%}
    {{ return(adapter.dispatch('select_all_objects')(datasets)) }}
{%- endmacro %}

{% macro default__select_all_objects(datasets) -%}
{%- endmacro %}

{% macro duckdb__select_all_objects(datasets) -%}
    {%- for dataset in datasets %}
    reset variable objects_{{ dataset }};
    {%- endfor %}
{%- endmacro %}
