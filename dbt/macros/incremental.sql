{#- The events of a bronze model that this incremental table does not have yet: each once, as it
    landed first, and none that was erased.

    New is a question of landing and never of played_at: a late or imported play is old by played_at
    and new by landing. Which objects are read at all, `select_new_objects` decides. -#}
{% macro new_events(bronze) -%}
    select landed.*
    from {{ bronze }} as landed
    where
        not exists (
            select 1
            from {{ ref('bronze_erasures') }} as erasures
            where
                erasures.user_id = landed.user_id
                and (erasures.source is null or erasures.source = landed.source)
                and landed.landed_at < erasures.before
        )
    {%- if is_incremental() %}
        and landed.event_id not in (select known.event_id from {{ this }} as known)
    {%- endif %}
    qualify
        row_number() over (
            partition by landed.event_id
            order by landed.landed_at, landed.log_partition, landed.log_offset
        ) = 1
{%- endmacro %}

{#- Rows that a listener had erased leave the table before new ones come in. -#}
{% macro delete_erased(relation) -%}
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

{#- In an incremental run: only listeners whose history is made of something else than before. -#}
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
{% macro delete_changed_listeners(relation) -%}
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

{#- The table as it was in the build before; without one, an empty table of the same columns. -#}
{% macro previous_build(relation) -%}
    {%- if execute and not flags.FULL_REFRESH and load_relation(relation) is not none -%}
        {{ return(relation) }}
    {%- endif -%}
    {{ return(
        "(select '' as user_id, '' as fingerprint, cast(null as timestamptz) as changed_at"
        " where 1 = 0)"
    ) }}
{%- endmacro %}
