-- Zones differ from UTC by quarters of an hour, so a quarter of UTC lies in one hour everywhere.
{%- set quarter_ms = 900000 %}
with

listens as (
    select * from {{ ref('silver_listens') }}
    where spans_hours
),

digits as (
    {% for digit in range(10) %}
        select {{ digit }} as digit
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- ten days: what is said to have lasted longer has its rest in the last of them
numbers as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
),

spans as (
    select
        event_id,
        timezone,
        {{ epoch_ms('listening_from') }} as from_ms,
        {{ epoch_ms('listening_from') }} + heard_ms as until_ms,
        {{ epoch_ms('listening_from') }}
        - mod({{ epoch_ms('listening_from') }}, {{ quarter_ms }}) as quarter_ms
    from listens
),

quarters as (
    select
        spans.event_id,
        spans.timezone,
        greatest(spans.from_ms, spans.quarter_ms + numbers.number * {{ quarter_ms }}) as from_ms,
        case
            when numbers.number = 999 then spans.until_ms
            else
                least(
                    spans.until_ms, spans.quarter_ms + (numbers.number + 1) * {{ quarter_ms }}
                )
        end as until_ms
    from spans
    inner join numbers
        on numbers.number * {{ quarter_ms }} < spans.until_ms - spans.quarter_ms
),

localised as (
    select
        event_id,
        from_ms,
        until_ms - from_ms as heard_ms,
        {{ to_local(from_epoch_ms('from_ms'), 'timezone') }} as local_at
    from quarters
),

hours as (
    select
        event_id,
        cast(local_at as date) as local_date,
        cast(extract(hour from local_at) as integer) as local_hour,
        cast(({{ epoch_ms('local_at') }} - from_ms) / 60000 as integer) as utc_offset_minutes,
        cast(sum(heard_ms) as bigint) as heard_ms
    from localised
    group by
        event_id, cast(local_at as date), cast(extract(hour from local_at) as integer),
        cast(({{ epoch_ms('local_at') }} - from_ms) / 60000 as integer)
),

final as (
    select
        listens.event_id,
        listens.user_id,
        listens.event_type,
        listens.track_id,
        listens.release_track_id,
        listens.artist_name,
        listens.album_name,
        listens.folded_artist_name,
        listens.folded_album_name,
        listens.device_type,
        listens.device_name,
        listens.platform,
        listens.content_type,
        listens.context,
        listens.source,
        listens.shuffle,
        listens.offline,
        listens.reason_start,
        listens.reason_end,
        cast(extract(hour from listens.local_at) as integer) as start_hour,
        listens.heard_ms as listened_ms,
        hours.local_date,
        hours.local_hour,
        hours.utc_offset_minutes,
        hours.heard_ms
    from hours
    inner join listens on hours.event_id = listens.event_id
)

select * from final
order by user_id, local_date
