{#- Rows that may be new since this table was last built, by landing time and never by played_at: a
    late or imported play is old by played_at and new by landing. The table's own newest landing
    minus a few hours is read again, and what is known by event_id is left out by the caller. -#}
{% macro landed_since(relation) -%}
    {%- if is_incremental() and execute -%}
        {%- set newest = run_query("select cast(max(landed_at) as varchar) from " ~ relation)
            .columns[0].values()[0] -%}
        {%- if newest -%}
    where
        landed_at >= cast('{{ newest }}' as timestamptz)
            - interval '{{ var("late_landing_hours") }} hours'
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Rows that a listener had erased leave the table before new ones come in. -#}
{% macro forget_erased(relation) -%}
    {%- set erasures = ref('bronze_erasures') -%}
    {%- if is_incremental() -%}
    delete from {{ relation }}
    where exists (
        select 1
        from {{ erasures }} as erasures
        where
            erasures.user_id = {{ relation }}.user_id
            and (erasures.source is null or erasures.source = {{ relation }}.source)
            and {{ relation }}.landed_at < erasures.before
    )
    {%- endif -%}
{%- endmacro %}

{#- In an incremental run: only the listeners whose history is made of something else than before. -#}
{% macro of_changed_listeners() -%}
    {%- set histories = ref('silver_histories') -%}
    {%- if is_incremental() -%}
    where user_id in (
        select user_id
        from {{ histories }}
        where changed_at >= {{ as_of() }}
    )
    {%- endif -%}
{%- endmacro %}

{#- Before a changed listener's rows come in anew, the old ones leave, and so do those of listeners
    who have no history any more. -#}
{% macro forget_changed_listeners(relation) -%}
    {%- set histories = ref('silver_histories') -%}
    {%- if is_incremental() -%}
    delete from {{ relation }}
    where user_id not in (
        select user_id
        from {{ histories }}
        where changed_at < {{ as_of() }}
    )
    {%- endif -%}
{%- endmacro %}
