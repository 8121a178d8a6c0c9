-- Grain: one listener. A number that changes when any of their plays that count comes, goes or
-- moves, in time, in its position or to another session: what was made from the plays of a listener
-- with the same fingerprint need not be made again. The factor stands behind its mod: SQLGlot,
-- which translates for Snowflake's double, writes 31 * mod(a, b) as 31 * a % b.

with plays as (
    select * from {{ ref('play_sequence') }}
),

final as (
    select
        listener_no,
        count(*) as plays,
        sum(
            (track_no + 1)
            * (
                mod(datediff('second', cast('2000-01-01' as datetime), started_at), 1000003)
                + mod(datediff('second', cast('2000-01-01' as datetime), played_at), 999983) * 31
                + 1009 * play_no
                + 10007 * session_no
            )
        ) as fingerprint
    from plays
    group by listener_no
)

select
    listener_no,
    plays,
    cast(mod(fingerprint, 1000000000000037) as bigint) as fingerprint
from final
