-- Grain: a listener (or *, the household), a track and one of the 20 heard with it most often.
-- `track_pairs` with names.
{{ config(materialized=view_or_table()) }}

with final as (
    select
        coalesce(listeners.user_id, '*') as user_id,
        a.track_id as track_a,
        a.track_name as track_a_name,
        a.artist_name as artist_a,
        b.track_id as track_b,
        b.track_name as track_b_name,
        b.artist_name as artist_b,
        pairs.sessions_together,
        pairs.sessions_a as track_a_total_sessions,
        pairs.cooccurrence_score,
        pairs.rank
    from {{ ref('track_pairs') }} as pairs
    inner join {{ ref('numbered_tracks') }} as a on pairs.a_no = a.track_no
    inner join {{ ref('numbered_tracks') }} as b on pairs.b_no = b.track_no
    left join
        {{ ref('listener_numbers') }} as listeners
        on pairs.listener_no = listeners.listener_no
)

select * from final
