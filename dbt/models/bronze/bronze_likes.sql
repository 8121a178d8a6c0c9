{{ config(alias='likes') }}
{{ bronze_events('likes') }}
