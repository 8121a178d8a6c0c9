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

rules as (
    select
        *,
        lower(value) as lowered
    from {{ ref('bronze_rules') }}
),

final as (
    select distinct
        listens.event_id,
        listens.user_id,
        listens.track_id
    from listens
    inner join rules on listens.user_id = rules.user_id
    where
        (rules.kind = 'artist' and listens.folded_artist_name = rules.folded_value)
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
