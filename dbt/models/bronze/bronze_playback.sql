{{ bronze_events('playback', extra=['detected_at', 'is_playing', 'progress_ms']) }}
