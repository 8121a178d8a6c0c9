{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=["{{ delete_erased(this) }}", "{{ select_new_objects(['feedback']) }}"],
    post_hook="{{ select_all_objects(['feedback']) }}"
) }}

with

feedback as (
    {{ new_events(ref('bronze_feedback')) }}
),

final as (
    select
        event_id,
        user_id,
        {{ track_id('track_id', 'artist_name', 'track_name') }} as track_id,
        track_name,
        artist_name,
        verdict,
        coalesce(source, 'unknown') as source,
        played_at as given_at,
        expires_at,
        landed_at
    from feedback
)

select * from final
