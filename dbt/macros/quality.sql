{#- A row of data_quality, but for its `from`. -#}
{% macro quality_check(name, value, lowest=0, highest=0, is_blocking=false) -%}
    select
        '{{ name }}' as check_name,
        cast({{ value }} as double) as value,
        cast({{ lowest }} as double) as lowest,
        cast({{ highest }} as double) as highest,
        {{ is_blocking }} as is_blocking
{%- endmacro %}

{#- The last day or hour, as a ratio to the mean of the same one in four weeks; null of few listens. -#}
{% macro volume_ratio(unit) -%}
    case when of_{{ unit }}s_before >= 80 then 4.0 * of_{{ unit }} / of_{{ unit }}s_before end
{%- endmacro %}
