"""The door to Spotify: client, login, tolerant parsing, errors with a meaning, shared limits."""
