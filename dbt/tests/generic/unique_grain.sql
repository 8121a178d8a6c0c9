{#- No two rows agree in all of these columns: the grain that the description promises. -#}
{% test unique_grain(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
