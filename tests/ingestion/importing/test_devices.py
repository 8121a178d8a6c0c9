"""Platforms of ten years, in Spotify's words for devices."""

import pytest

from ingestion.importing.devices import device_type


@pytest.mark.parametrize(
    ("platform", "kind"),
    [
        ("android", "Smartphone"),
        ("Android OS 4.2.2 API 17 (samsung, GT-I9195)", "Smartphone"),
        ("iOS 13.4 (iPhone11,8)", "Smartphone"),
        ("iOS 9.3.5 (iPad2,1)", "Tablet"),
        ("windows", "Computer"),
        ("Windows 10 (10.0.17763; x64)", "Computer"),
        ("OS X 10.13.3 [x86 8]", "Computer"),
        ("Linux [x86-64 0]", "Computer"),
        ("web_player windows 10; chrome 79.0.3945.130;desktop", "Computer"),
        ("cast", "Speaker"),
        ("Partner google cast_tv;Chromecast;;", "Speaker"),
        ("Partner sonos_ppc Sonos;Play1", "Speaker"),
        ("tizen", "TV"),
        ("Partner android_tv Sony;BRAVIA 4K GB;", "TV"),
        ("Partner sony_ps4;PS4;", "GameConsole"),
        ("not_applicable", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_platforms_name_their_kind_of_device(platform: str | None, kind: str | None) -> None:
    assert device_type(platform) == kind
