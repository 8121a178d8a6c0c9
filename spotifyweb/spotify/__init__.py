"""Spotify: its Web API and login, safely.

client     calls of the Web API on behalf of one listener
oauth      the login: authorization address, codes and refresh tokens
payloads   Spotify's JSON as our values
fields     single fields of that JSON, as far as they are certain
errors     what Spotify can answer instead of data
quota      limits shared by all processes: who must wait, and how many calls were made
"""
