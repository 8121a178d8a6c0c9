{#- Steps of a with-clause: what hangs together by a listener's joins takes the smallest label of any,
    a step at a time. Reads `joins` (user_id, one, other); the result is `grouped`
    (user_id, label, known_as). -#}
{% macro group_joins(steps=8) -%}
    edges as (
        select
            user_id,
            one,
            other
        from joins
        union
        select
            user_id,
            other as one,
            one as other
        from joins
    ),

    grouped_0 as (
        select distinct
            user_id,
            one as label,
            one as known_as
        from edges
    ),

    {% for step in range(1, steps + 1) %}
        grouped_{{ step }} as (
            select
                edges.user_id,
                edges.one as label,
                least(min(own.known_as), min(theirs.known_as)) as known_as
            from edges
            inner join grouped_{{ step - 1 }} as own
                on edges.user_id = own.user_id and edges.one = own.label
            inner join grouped_{{ step - 1 }} as theirs
                on edges.user_id = theirs.user_id and edges.other = theirs.label
            group by edges.user_id, edges.one
        ),
    {% endfor %}

    grouped as (
        select * from grouped_{{ steps }}
    ),
{%- endmacro %}
