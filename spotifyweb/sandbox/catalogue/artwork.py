"""Covers and faces drawn from a hash, so that pages look like something without a network."""

from spotifyweb.sandbox import seeds


def cover(item_id: str, size: int) -> str:
    """Draw a square SVG of `size` pixels, always the same for an id."""
    number = seeds.number("art", item_id)
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
