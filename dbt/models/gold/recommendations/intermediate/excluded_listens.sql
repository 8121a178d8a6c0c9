-- Grain: one play or skip of a track that a rule of its own listener leaves out. The conditions are
-- those of spotifyweb/dashboards/exclusions/conditions.py.

with listens as (
    select
        event_id,
        user_id,
        track_id,
        folded_artist_name,
        folded_album_name,
        context,
        lower(coalesce(device_name, device_type, 'unknown')) as device,
        cast(extract(hour from local_at) as integer) as local_hour
    from {{ ref('silver_listens') }}
    where content_type = 'track'
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

own_recordings as (
    select * from {{ ref('silver_own_recordings') }}
),

-- a track is named by any id of its recording, as its listener counts it
rules as (
    select
        rules.*,
        lower(rules.value) as lowered,
        coalesce(
            own_recordings.representative_id, recordings.representative_id, rules.value
        ) as track_id
    from {{ ref('bronze_rules') }} as rules
    left join recordings on rules.value = recordings.track_id and rules.kind = 'track'
    left join own_recordings
        on
            rules.user_id = own_recordings.user_id
            and rules.value = own_recordings.track_id
            and rules.kind = 'track'
),

final as (
    select distinct
        listens.event_id,
        listens.user_id,
        listens.track_id
    from listens
    inner join rules on listens.user_id = rules.user_id
    where
        (rules.kind = 'track' and listens.track_id = rules.track_id)
        or (rules.kind = 'artist' and listens.folded_artist_name = rules.folded_value)
        or (rules.kind = 'album' and listens.folded_album_name = rules.folded_value)
        or (rules.kind = 'playlist' and listens.context = rules.value)
        or (rules.kind = 'device' and listens.device = rules.lowered)
        or (
            rules.kind = 'hours'
            and rules.from_hour < rules.until_hour
            and listens.local_hour >= rules.from_hour
            and listens.local_hour < rules.until_hour
        )
        or (
            rules.kind = 'hours'
            and rules.from_hour > rules.until_hour
            and (listens.local_hour >= rules.from_hour or listens.local_hour < rules.until_hour)
        )
)

select * from final
