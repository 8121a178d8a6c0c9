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

splits as (
    select distinct
        user_id,
        subject as track_id
    from corrections
    where action = 'split'
),

-- every id of a correction, with the recording that it is of before any join
ends as (
    select
        corrections.user_id,
        recordings.track_id,
        recordings.recording_id,
        case
            when splits.track_id is not null then 'id|' || recordings.track_id
            else recordings.recording_id
        end as label
    from (
        select
            user_id,
            subject as track_id
        from corrections
        union
        select
            user_id,
            other as track_id
        from corrections
    ) as corrections
    inner join recordings on corrections.track_id = recordings.track_id
    left join splits
        on corrections.user_id = splits.user_id and corrections.track_id = splits.track_id
),

joins as (
    select distinct
        corrections.user_id,
        subjects.label as one,
        others.label as other
    from corrections
    inner join ends as subjects
        on corrections.user_id = subjects.user_id and corrections.subject = subjects.track_id
    inner join ends as others
        on corrections.user_id = others.user_id and corrections.other = others.track_id
    where corrections.action = 'join' and subjects.label <> others.label
),

{{ group_joins() }}

touched as (
    select distinct
        user_id,
        recording_id
    from ends
),

members as (
    select
        touched.user_id,
        recordings.track_id,
        recordings.recording_id,
        recordings.plays,
        recordings.last_played_at,
        case
            when splits.track_id is not null then 'id|' || recordings.track_id
            else recordings.recording_id
        end as label
    from touched
    inner join recordings on touched.recording_id = recordings.recording_id
    left join splits
        on touched.user_id = splits.user_id and recordings.track_id = splits.track_id
),

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
