{{ config(alias='skips') }}
{{ bronze_events('skips', extra=listen_columns()) }}
