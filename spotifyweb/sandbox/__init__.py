"""A faithful imitation of Spotify's two hosts, for the demo and for tests.

Everything in it is invented: listeners, artists, tracks, covers. `state.SandboxState` holds the
state, `app.SandboxApp` answers HTTP, `listeners.habits` computes who listens to what and when.
"""
