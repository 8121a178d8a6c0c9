-- Grain: one listener and one of up to 50 tracks they never played, ranked by the documented
-- formula: 70 parts the mean co-occurrence with their own tracks in the household's sessions, 30
-- parts their affinity to the artist.

with candidates as (
    select * from {{ ref('recommendation_candidates') }}
    where cooccurrence_score > 0 or artist_affinity > 0
),

scored as (
    select
        *,
        (0.7 * average_cooccurrence + 0.3 * artist_affinity / 100) * 100 as recommendation_score
    from candidates
),

final as (
    select
        user_id,
        track_id,
        track_name,
        artist_name,
        recommendation_score,
        case
            when source_tracks = 0 then 'By ' || artist_name || ', an artist you play'
            when artist_affinity = 0
                then 'Played together with ' || coalesce(because_track_name, 'your tracks')
            else
                'By ' || artist_name || ', an artist you play; played together with '
                || coalesce(because_track_name, 'your tracks')
        end as recommendation_reason,
        cooccurrence_score,
        artist_affinity as artist_score,
        source_tracks as num_source_tracks,
        cast(row_number() over (
            partition by user_id order by recommendation_score desc, track_id
        ) as integer) as recommendation_rank,
        {{ recommendations_as_of() }} as generated_at
    from scored
    qualify recommendation_rank <= 50
)

select * from final
order by user_id, recommendation_rank
