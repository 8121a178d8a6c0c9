with

user_tracks as (
    select
        user_id,
        track_id,
        min(first_date) as first_date
    from {{ ref('user_tracks') }}
    where plays > 0
    group by user_id, track_id
),

heard as (
    select distinct
        user_id,
        content_type,
        track_id,
        local_date
    from {{ ref('user_track_daily') }}
    where plays > 0
),

{% for step in ["day", "week", "month"] %}
    by_{{ step }} as (
        select distinct
            user_id,
            content_type,
            track_id,
            '{{ step }}' as step,
            cast(date_trunc('{{ step }}', local_date) as date) as bucket
        from heard
    ),
{% endfor %}

unioned as (
    select * from by_day
    union all
    select * from by_week
    union all
    select * from by_month
),

final as (
    select
        unioned.user_id,
        unioned.step,
        unioned.bucket,
        unioned.content_type,
        count(
            case when user_tracks.first_date >= unioned.bucket then 1 end
        ) as new_tracks,
        count(
            case when user_tracks.first_date < unioned.bucket then 1 end
        ) as known_tracks
    from unioned
    inner join user_tracks
        on
            unioned.user_id = user_tracks.user_id
            and unioned.track_id = user_tracks.track_id
    group by unioned.user_id, unioned.step, unioned.bucket, unioned.content_type
)

select * from final
order by user_id, step, bucket
