{#- Steps of a with-clause: which ids of one name are one version of a song, by their lengths. Reads
    `tracks` with their folded names, and `events`. The result is `versions`: all of the track, and
    `version_id`. docs/adr/0059 -#}
{% macro same_names_versions() -%}
    -- an export gives no lengths, and metadata take weeks to arrive: plays of a whole track are equally
    -- long to the millisecond, as those that were left or wound forward are not
    whole_plays as (
        select
            track_id,
            ms_played as length_ms,
            row_number() over (
                partition by track_id
                order by count(*) desc, ms_played desc
            ) as rank
        from events
        where
            duration_ms is null
            and (
                reason_end = 'trackdone' and ms_played > 0
                or reason_end is null and ms_played >= 30000
            )
        group by track_id, ms_played
        having count(*) >= 3
    ),

    -- one recording has several ids: same names and a length within two seconds, or the same ISRC
    named as (
        select
            tracks.*,
            coalesce(tracks.duration_ms, whole_plays.length_ms) as length_ms,
            -- what has no name resembles nothing
            case
                when tracks.artist_name is null or tracks.track_name is null
                    then 'id|' || tracks.track_id
                else
                    tracks.content_type || '|' || tracks.folded_artist_name
                    || '|' || tracks.folded_track_name
            end as names_key
        from tracks
        left join whole_plays on tracks.track_id = whole_plays.track_id and whole_plays.rank = 1
    ),

    -- two of one name and very different lengths are two recordings, as "Intro" on two albums is;
    -- crossfade cuts up to 12 seconds from either
    spaced as (
        select
            *,
            case
                when
                    length_ms - lag(length_ms) over (
                        partition by names_key
                        order by length_ms nulls first, track_id
                    ) > 30000
                    then 1
                else 0
            end as is_far
        from named
    ),

    clusters as (
        select
            *,
            sum(is_far) over (
                partition by names_key
                order by length_ms nulls first, track_id
                rows between unbounded preceding and current row
            ) as cluster_number
        from spaced
    ),

    -- among near lengths, those that metadata know tell versions apart
    known as (
        select
            *,
            max(duration_ms) over (
                partition by names_key, cluster_number
                order by length_ms nulls first, track_id
                rows between unbounded preceding and current row
            ) as longest_known_ms
        from clusters
    ),

    lengths as (
        select
            *,
            case
                when is_far = 1 then 1
                when
                    duration_ms - lag(longest_known_ms) over (
                        partition by names_key, cluster_number
                        order by length_ms nulls first, track_id
                    ) > 2000
                    then 1
                else 0
            end as is_another_version
        from known
    ),

    versions as (
        select
            *,
            names_key || '|' || cast(cast(sum(is_another_version) over (
                partition by names_key
                order by length_ms nulls first, track_id
                rows between unbounded preceding and current row
            ) as bigint) as varchar) as version_id
        from lengths
    )
{%- endmacro %}
