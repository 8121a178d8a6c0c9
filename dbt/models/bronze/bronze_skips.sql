{{ bronze_events('skips', extra=listen_columns()) }}
