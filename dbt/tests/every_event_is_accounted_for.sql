-- Each event is a listen, or stands behind one, or was rejected with a reason: none is lost.
with

counted as (
    select
        (select count(*) from {{ ref('silver_events') }}) as events,
        (select count(*) from {{ ref('silver_listens') }}) as listens,
        (select count(*) from {{ ref('silver_merged') }}) as merged,
        (select count(*) from {{ ref('silver_rejected') }}) as rejected
)

select *
from counted
where events <> listens + merged + rejected
