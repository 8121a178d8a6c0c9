{# Plain Jinja only (no return, no adapter): the evaluation cuts its sessions by these too. #}

{# The millisecond from which nothing was heard any more. Spotify ends a play that was paused when
   something else begins, hours later: the silence began when its sound did end. #}
{% macro quiet_from_ms(began_ms, played_ms, heard_ms) -%}
    least({{ played_ms }}, {{ began_ms }} + coalesce({{ heard_ms }}, 604800000))
{%- endmacro %}

{# Whether a listen begins a session: it is the first, or comes after a long silence. #}
{% macro begins_session(began_ms, quiet_since_ms) -%}
    {{ quiet_since_ms }} is null
    or {{ began_ms }} - {{ quiet_since_ms }}
    > {{ var('recommendations')['session_gap_minutes'] }} * 60000
{%- endmacro %}
