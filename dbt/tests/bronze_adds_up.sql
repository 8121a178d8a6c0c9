-- Blocks publishing: see data_quality.
select *
from {{ ref('data_quality') }}
where check_name = 'bronze_adds_up' and is_blocking and value not between lowest and highest
