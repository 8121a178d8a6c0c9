-- Only what a listener's corrections change; silver_recordings says the rest.
with

corrections as (
    select * from {{ ref('bronze_corrections') }}
    where kind = 'track'
),

recordings as (
    select * from {{ ref('silver_recordings') }}
),

tracks as (
    select * from {{ ref('silver_tracks') }}
),

{{ apply_corrections(
    'recordings', 'track_id', 'recording_id',
    split_label="'id|' || recordings.track_id", label="recordings.recording_id"
) }}

placed as (
    select
        members.user_id,
        members.track_id,
        members.recording_id,
        coalesce(grouped.known_as, members.label) as known_as,
        first_value(members.track_id) over (
            partition by members.user_id, coalesce(grouped.known_as, members.label)
            order by
                case when members.track_id like 'name:%' then 1 else 0 end,
                members.plays desc,
                members.last_played_at desc nulls last,
                members.track_id desc
        ) as representative_id
    from members
    left join grouped on members.user_id = grouped.user_id and members.label = grouped.label
),

final as (
    select
        placed.user_id,
        placed.track_id,
        case
            when placed.known_as = placed.recording_id then placed.recording_id
            else md5(placed.user_id || '|' || placed.known_as)
        end as recording_id,
        placed.representative_id,
        tracks.artist_id,
        tracks.artist_spelling,
        tracks.artist_name,
        tracks.folded_artist_name
    from placed
    inner join tracks on placed.representative_id = tracks.track_id
)

select * from final
