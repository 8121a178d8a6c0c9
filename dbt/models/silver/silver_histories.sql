{#- Compares itself with what it was in the build before, if there was one. -#}
{%- set before = previous_build(this) -%}

with

checked as (
    select * from {{ ref('silver_checked') }}
    where reject_reason is null
),

zones as (
    select * from {{ ref('silver_zones') }}
),

separations as (
    select * from {{ ref('silver_separations') }}
),

separation_prints as (
    select
        user_id,
        {{ row_fingerprint(['first_event_id', 'second_event_id']) }} as separation_fingerprint
    from separations
    group by user_id
),

zone_prints as (
    select
        user_id,
        {{ row_fingerprint(['timezone', 'valid_from', 'valid_until']) }} as zone_fingerprint
    from zones
    group by user_id
),

event_prints as (
    select
        user_id,
        count(*) as events,
        max(landed_at) as newest_landing_at,
        {{ row_fingerprint([
            'event_id', 'event_type', 'track_id', 'track_name', 'artist_id',
            'artist_name', 'album_id', 'album_name', 'recording_id', 'names_key',
            'duration_ms', 'ms_played', 'started_at', 'device_started_at', 'played_at',
            'device_type', 'device_name', 'platform', 'content_type', 'context', 'isrc', 'source',
            'skipped', 'shuffle', 'offline', 'reason_start', 'reason_end',
            'landed_at'
        ]) }} as event_print
    from checked
    group by user_id
),

prints as (
    select
        event_prints.user_id,
        event_prints.events,
        event_prints.newest_landing_at,
        cast(event_prints.event_print as varchar)
        || '.'
        || cast(zone_prints.zone_fingerprint as varchar)
        || '.'
        || coalesce(cast(separation_prints.separation_fingerprint as varchar), '') as fingerprint
    from event_prints
    inner join zone_prints on event_prints.user_id = zone_prints.user_id
    left join separation_prints on event_prints.user_id = separation_prints.user_id
),

known as (
    select
        user_id,
        fingerprint,
        changed_at
    from {{ before }}
),

final as (
    select
        prints.user_id,
        prints.events,
        prints.newest_landing_at,
        prints.fingerprint,
        coalesce(known.changed_at, {{ as_of() }}) as changed_at
    from prints
    left join known
        on
            prints.user_id = known.user_id
            and prints.fingerprint = known.fingerprint
)

select * from final
