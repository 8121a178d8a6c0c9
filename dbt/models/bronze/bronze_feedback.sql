{{ bronze_events('feedback', extra=['verdict', 'expires_at']) }}
