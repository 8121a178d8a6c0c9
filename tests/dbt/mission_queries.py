"""Queries that a person types by hand; they run on DuckDB and on Snowflake alike."""

QUERIES = {
    "daily statistics": """
        select user_id, date, total_plays, unique_tracks, unique_artists, total_minutes_listened,
            avg_track_duration_ms
        from gold.user_daily_listening where user_id = '{user_id}' order by date desc limit 30""",
    "top 20 recommendations": """
        select user_id, track_id, track_name, artist_name, recommendation_score,
            recommendation_reason, cooccurrence_score, artist_score, num_source_tracks,
            recommendation_rank, generated_at
        from gold.track_recommendations where user_id = '{user_id}'
        order by recommendation_rank limit 20""",
    "co-occurring tracks": """
        select track_a, track_a_name, artist_a, track_b, track_b_name, artist_b, sessions_together,
            track_a_total_sessions, cooccurrence_score, rank
        from gold.track_cooccurrence
        where user_id = '{user_id}' and track_a = (
            select min(track_a) from gold.track_cooccurrence where user_id = '{user_id}'
        ) order by rank""",
    "top 20 artists": """
        select user_id, artist_name, total_plays, unique_tracks, last_played_at, affinity_score,
            affinity_rank
        from gold.artist_affinity where user_id = '{user_id}' order by affinity_rank limit 20""",
    "popular tracks": """
        select track_id, track_name, artist_name, play_count, unique_listeners, avg_listen_duration
        from gold.track_popularity where scope = 'household' order by play_count desc limit 20""",
    "artists of all listeners": """
        select artist_name, total_plays, unique_tracks, unique_listeners, total_minutes_listened
        from gold.artist_stats where scope = 'household' order by total_plays desc limit 20""",
    "devices": """
        select device_type, platform, total_plays, total_minutes_listened, play_share
        from gold.device_usage where user_id = '{user_id}' order by total_plays desc""",
    "plays as received": "select * from bronze.plays limit 10",
    "plays once each": "select event_id, played_at, processed_at from silver.silver_plays limit 10",
}
PLAYER = """
    select user_id, track_id, track_name, artist_name, album_name, started_at, detected_at
    from bronze.currently_playing limit 10"""
EMPTY = ("select * from bronze.skips limit 10", "select * from bronze.likes limit 10", PLAYER)
