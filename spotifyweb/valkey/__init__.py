"""Redis or Valkey, as a server of its own or behind Sentinels.

address  clients of REDIS_URL for everything that connects: cache, broker, channels, streams
cache    Django's cache, empty where no server answers
"""
