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


{#- Steps of a with-clause: who is one with whom by a listener's corrections. Reads `corrections` of one
    kind and the items that they name: `item` is an item's key, `whole` what it is a part of before
    any join, `split_label` what an item is that was split off, and `label` what any other is.
    The results are `members` (user_id, all of the item, label) of every whole that corrections
    touch, and `grouped`. -#}
{% macro apply_corrections(items, item, whole, split_label, label) -%}
    splits as (
        select distinct
            user_id,
            subject as {{ item }}
        from corrections
        where action = 'split'
    ),

    -- every item of a correction, with what it is of before any join
    ends as (
        select
            named.user_id,
            {{ items }}.{{ item }},
            {{ items }}.{{ whole }},
            case when splits.{{ item }} is not null then {{ split_label }} else {{ label }} end as label
        from (
            select
                user_id,
                subject as {{ item }}
            from corrections
            union
            select
                user_id,
                other as {{ item }}
            from corrections
        ) as named
        inner join {{ items }} on named.{{ item }} = {{ items }}.{{ item }}
        left join splits
            on named.user_id = splits.user_id and named.{{ item }} = splits.{{ item }}
    ),

    joins as (
        select distinct
            corrections.user_id,
            subjects.label as one,
            others.label as other
        from corrections
        inner join ends as subjects
            on corrections.user_id = subjects.user_id and corrections.subject = subjects.{{ item }}
        inner join ends as others
            on corrections.user_id = others.user_id and corrections.other = others.{{ item }}
        where corrections.action = 'join' and subjects.label <> others.label
    ),

    {{ group_joins() }}

    touched as (
        select distinct
            user_id,
            {{ whole }}
        from ends
    ),

    members as (
        select
            touched.user_id,
            {{ items }}.*,
            case when splits.{{ item }} is not null then {{ split_label }} else {{ label }} end as label
        from touched
        inner join {{ items }} on touched.{{ whole }} = {{ items }}.{{ whole }}
        left join splits
            on touched.user_id = splits.user_id and {{ items }}.{{ item }} = splits.{{ item }}
    ),
{%- endmacro %}
