"""The size of Spotify's pictures by their address, as recorded answers have them."""

import pytest

from spotifyweb.sandbox.catalogue import artwork
from spotifyweb.spotify import images

PICTURE = "0123456789abcdef01234567"
COVER = f"https://i.scdn.co/image/ab67616d00001e02{PICTURE}"
SMALL_COVER = f"https://i.scdn.co/image/ab67616d00004851{PICTURE}"
LARGE_COVER = f"https://i.scdn.co/image/ab67616d0000b273{PICTURE}"
FACE = f"https://i.scdn.co/image/ab67616100005174{PICTURE}"
SMALL_FACE = f"https://i.scdn.co/image/ab6761610000f178{PICTURE}"
OTHERS = (
    "https://i.scdn.co/image/39e5e1fb4a1f3bd1ddd8a5eb0ba4e6f9e6a0ab12",
    f"https://i.scdn.co/image/ab67616d00001e0{PICTURE}",
    "http://127.0.0.1:8002/sandbox/art/abc/300",
    "https://example.org/cover.jpg",
    "",
)


@pytest.mark.parametrize(
    ("pixels", "address"),
    [(40, SMALL_COVER), (64, SMALL_COVER), (65, COVER), (300, COVER), (301, LARGE_COVER)],
)
def test_the_smallest_file_that_is_wide_enough_is_taken(pixels: int, address: str) -> None:
    for known in (SMALL_COVER, COVER, LARGE_COVER):
        assert images.file_address(known, pixels) == address


def test_the_widest_file_stands_in_for_what_no_file_is_wide_enough_for() -> None:
    assert images.file_address(COVER, 2000) == LARGE_COVER


def test_a_square_of_a_list_takes_64_pixels_and_300_where_the_screen_is_dense() -> None:
    assert images.source_set(COVER, 48) == f"{SMALL_COVER} 1x, {COVER} 2x"
    assert images.source_set(COVER, 300) == f"{COVER} 1x, {LARGE_COVER} 2x"
    assert images.source_set(FACE, 48) == f"{SMALL_FACE} 1x"


@pytest.mark.parametrize("address", OTHERS)
def test_an_address_of_another_form_stays_as_it_is(address: str) -> None:
    assert images.file_address(address, 48) == address
    assert not images.is_portrait(address)


def test_only_artists_are_portraits() -> None:
    assert images.is_portrait(FACE)
    assert images.is_portrait(SMALL_FACE)
    assert not images.is_portrait(COVER)


@pytest.mark.parametrize("kind", ["album", "artist", "show"])
def test_the_sandbox_draws_the_size_that_the_address_names(kind: str) -> None:
    files = artwork.files(kind, "some id")

    for width, path in files.items():
        for other in files.values():
            assert images.file_address(f"http://sandbox{other}", width) == f"http://sandbox{path}"
        drawn = artwork.file(path.removeprefix("/image/"))
        assert drawn is not None
        assert f'width="{width}"' in drawn
