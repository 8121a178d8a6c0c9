"""From Spotify: plays and likes into the event log, tracks into the catalogue.

producer     recent plays and likes of each connected listener
gaps         periods in which plays may be missing
catalogue    what is known of tracks, and which of them to ask about next
artists      what is known of artists, and whom to ask about next
albums       what they released, and which pages and albums to ask for next
enrichment   lengths, covers and links of those, within the day's budget
"""
