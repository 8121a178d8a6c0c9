with

tracks as (
    select * from {{ ref('silver_tracks') }}
),

played as (
    select
        track_id,
        count(case when event_type = 'play' then 1 end) as plays,
        max(played_at) as last_played_at
    from {{ ref('silver_release_listens') }}
    group by track_id
),

-- one made of names is no id of Spotify's: it stands for others only where there is none
ranked as (
    select
        tracks.track_id,
        tracks.recording_id,
        tracks.artist_id,
        tracks.artist_spelling,
        tracks.artist_name,
        tracks.folded_artist_name,
        tracks.folded_album_name,
        coalesce(played.plays, 0) as plays,
        played.last_played_at,
        row_number() over (
            partition by tracks.recording_id
            order by
                case when tracks.track_id like 'name:%' then 1 else 0 end,
                coalesce(played.plays, 0) desc,
                played.last_played_at desc nulls last,
                tracks.track_id desc
        ) as rank
    from tracks
    left join played on tracks.track_id = played.track_id
),

representatives as (
    select * from ranked
    where rank = 1
),

final as (
    select
        ranked.track_id,
        ranked.recording_id,
        representatives.track_id as representative_id,
        representatives.artist_id,
        representatives.artist_spelling,
        representatives.artist_name,
        representatives.folded_artist_name,
        ranked.folded_album_name,
        ranked.plays,
        ranked.last_played_at
    from ranked
    inner join representatives on ranked.recording_id = representatives.recording_id
)

select * from final
