"""Covers and faces drawn from a hash, so that pages look like something without a network.

A file's name has the form of those at i.scdn.co: 16 digits for kind and width, and the picture.
"""

from spotifyweb.sandbox import seeds

CODES = {
    "album": {640: "ab67616d0000b273", 300: "ab67616d00001e02", 64: "ab67616d00004851"},
    "artist": {640: "ab6761610000e5eb", 320: "ab67616100005174", 160: "ab6761610000f178"},
    "show": {640: "ab6765630000ba8a", 300: "ab67656300005f1f", 64: "ab6765630000f68d"},
    "user": {300: "ab6775700000ee85", 64: "ab67757000003b82"},
}
WIDTHS = {code: width for codes in CODES.values() for width, code in codes.items()}


def files(kind: str, item_id: str) -> dict[int, str]:
    """Return the paths of an item's pictures by their width, widest first."""
    picture = f"{seeds.number('art', item_id):016x}{seeds.number('rest', item_id) >> 32:08x}"
    return {width: f"/image/{code}{picture}" for width, code in CODES[kind].items()}


def file(name: str) -> str | None:
    """Draw the file of this name; None for a name that no file has."""
    width, picture = WIDTHS.get(name[:16]), name[16:]
    if width is None or len(picture) != 24 or set(picture) - set("0123456789abcdef"):
        return None
    return draw(int(picture[:16], 16), width)


def cover(item_id: str, size: int) -> str:
    """Draw a square SVG of `size` pixels, always the same for an id."""
    return draw(seeds.number("art", item_id), size)


def draw(number: int, size: int) -> str:
    """Draw a square SVG of `size` pixels, always the same for a number."""
    hue, turn, form = number % 360, number // 360 % 360, number // 129_600 % 4
    second = (hue + 40 + number // 7 % 120) % 360
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        'viewBox="0 0 100 100"><defs><linearGradient id="g" '
        f'gradientTransform="rotate({turn} .5 .5)"><stop stop-color="hsl({hue} 62% 46%)"/>'
        f'<stop offset="1" stop-color="hsl({second} 58% 24%)"/></linearGradient></defs>'
        f'<rect width="100" height="100" fill="url(#g)"/>{_figure(form, number, second)}</svg>'
    )


def _figure(form: int, number: int, hue: int) -> str:
    x, y, light = 20 + number % 60, 20 + number // 61 % 60, f"hsl({hue} 80% 78%)"
    if form == 0:
        rings = (8, 18, 30, 44)
        return "".join(
            f'<circle cx="{x}" cy="{y}" r="{r}" fill="none" stroke="{light}" opacity=".7"/>'
            for r in rings
        )
    if form == 1:
        return f'<circle cx="{x}" cy="{y}" r="24" fill="{light}" opacity=".8"/>'
    if form == 2:
        bars = [(n * 12 + 6, 12 + number // (n + 3) % 60) for n in range(8)]
        return "".join(
            f'<rect x="{left}" y="{90 - high}" width="6" height="{high}" fill="{light}" '
            'opacity=".75"/>'
            for left, high in bars
        )
    return (
        f'<path d="M0 {y} L{x} 18 L100 {100 - y} L100 100 L0 100Z" fill="{light}" opacity=".55"/>'
    )
