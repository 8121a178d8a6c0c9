{#- The build's time. Never the database's clock: a build can be repeated exactly. -#}
{% macro as_of() -%}
    cast('{{ build_time() }}' as timestamptz)
{%- endmacro %}

{#- The key of a recording by its names: how sources that know no id agree. -#}
{% macro names_key(artist, track) -%}
    coalesce({{ folded(artist) }}, '') || '|' || coalesce({{ folded(track) }}, '')
{%- endmacro %}

{#- An id for every track: Spotify's, else one made of the names. Ids stay as they are for ever, so
    its formula is not that of the key: spellings of one name have ids of their own. -#}
{% macro track_id(id, artist, track) -%}
    case
        when {{ id }} is null or {{ id }} = '' then
            'name:' || md5(
                lower(trim(coalesce({{ artist }}, ''))) || '|' || lower(trim(coalesce({{ track }}, '')))
            )
        else {{ id }}
    end
{%- endmacro %}

{#- Which source knows better what was heard and when: 1 is the best.
    The export has true milliseconds and reasons; the player sees devices; the Account data file
    knows only the minute. -#}
{% macro source_rank(source) -%}
    case {{ source }}
        when 'extended_history' then 1
        when 'player' then 2
        when 'simulation' then 3
        when 'recently_played' then 4
        when 'account_data' then 5
        else 6
    end
{%- endmacro %}

{#- Of the rows of one real play, the value of the best source that has one. -#}
{% macro best_source_value(column) -%}
    coalesce(
        {%- for rank in range(1, 7) %}
        max(case when source_rank = {{ rank }} then {{ column }} end){{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- A track's or episode's own page at Spotify; none where its id is made of names. -#}
{% macro spotify_url(id, content_type) -%}
    case
        when {{ id }} like 'name:%' then null
        when {{ content_type }} = 'track' then 'https://open.spotify.com/track/' || {{ id }}
        else 'https://open.spotify.com/episode/' || {{ id }}
    end
{%- endmacro %}
