"""Words for the names of invented artists, albums, tracks and people."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADJECTIVES = _words("""
    Amber Velvet Hollow Silver Quiet Paper Northern Electric Golden Restless Crooked Distant
    Midnight Scarlet Gentle Broken Wild Frozen Lucid Pale Rusty Tender Violet Wandering Marble
    Copper Sleepless Coastal Burning Weightless Faded Open Second Lonely Bright Slow
""")
NOUNS = _words("""
    Harbour Lantern Orchard Satellite Compass Meadow Tide Engine Parade Mirror Feather Avenue
    Signal Garden Canyon Ember Window Atlas Carousel Thunder Pavilion River Sparrow Cathedral
    Anchor Comet Letter Shadow Staircase Glacier Radio Lighthouse Voyage Balcony Machine Summer
""")
FIRST_NAMES = _words("""
    Ilse Tomas Anouk Rafi Maren Caspian Odette Jarek Livia Bram Noor Silas Wren Davor Elodie
    Kofi Petra Soren Yuki Marlo Inès Teo Runa Malik Greta Joah Saoirse Emeka Tilde Amaro
""")
LAST_NAMES = _words("""
    Vandermolen Okonjo Lindqvist Ferrante Achterberg Moreau Castellan Winterbourne Halloran
    Szabados Novak-Reyes Tanager Kestrel Ashgrove Bellweather Dunmore Falkner Ravensdale Oduya
    Marchetti Solberg Whitlock Yamane Petrov-Hale Carrow Brightwater
""")
PLACES = _words("""
    Lisbon Trieste Reykjavik Oaxaca Marseille Osaka Tbilisi Valparaíso Halifax Zanzibar Ghent
    Tallinn Lucerne Savannah Galway Kyoto
""")
GENRES = (
    "dream pop",
    "synthwave",
    "indie folk",
    "neo soul",
    "minimal techno",
    "alt country",
    "bedroom pop",
    "post rock",
    "jazz fusion",
    "hip hop",
    "ambient",
    "garage rock",
)
