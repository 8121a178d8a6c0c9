{{ config(alias='plays') }}
{{ bronze_events('plays', extra=listen_columns()) }}
