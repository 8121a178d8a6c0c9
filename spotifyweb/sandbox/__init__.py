"""A faithful imitation of Spotify's two hosts, for the demo and for tests.

Everything in it is invented: listeners, artists, tracks, covers. `world.World` holds its state,
`app.SandboxApp` answers HTTP, `habits.listens` says who heard what and when.
"""
