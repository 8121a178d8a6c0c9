{{ bronze_events('likes') }}
