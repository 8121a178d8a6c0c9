-- Grain: one id of a track. A number that it keeps through every build, also while another id
-- stands for its recording.
{{ config(materialized='incremental', incremental_strategy='append') }}

with tracks as (
    select track_id from {{ ref('silver_plays') }}
    union
    select release_track_id as track_id from {{ ref('silver_plays') }}
    union
    select shared_track_id as track_id from {{ ref('silver_plays') }}
),

{% if is_incremental() %}
    new as (
        select tracks.track_id
        from tracks
        left join {{ this }} as known on tracks.track_id = known.track_id
        where known.track_id is null
    ),

    highest as (
        select coalesce(max(track_no), 0) as track_no from {{ this }}
    ),
{% else %}
    new as (
        select track_id from tracks
    ),

    highest as (
        select 0 as track_no
    ),
{% endif %}

final as (
    select
        cast(highest.track_no + row_number() over (order by new.track_id) as integer) as track_no,
        new.track_id
    from new
    cross join highest
)

select * from final
