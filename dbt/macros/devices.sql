{#- What kind of device the words of a platform name, as Spotify's player says it; null rather than
    a guess. The first kind of which a word or words begin so. -#}
{% macro device_type(platform_words) -%}
    case
        {%- for kind, beginnings in var('device_types').items() %}
        when
            {%- for beginning in beginnings %}
            {{ "or " if not loop.first }}{{ platform_words }} like '% {{ beginning }}%'
            {%- endfor %}
            then '{{ kind }}'
        {%- endfor %}
    end
{%- endmacro %}
