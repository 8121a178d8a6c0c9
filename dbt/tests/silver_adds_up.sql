-- Blocks publishing: see data_quality.
select *
from {{ ref('data_quality') }}
where check_name = 'silver_adds_up' and is_blocking and value not between lowest and highest
