"""Platforms of ten years, in Spotify's words for devices."""

import json
from pathlib import Path

import pytest
import yaml

from ingestion.history_import.parser import DEVICE_KINDS, device_type
from spotifyweb.monitoring.upgrade import PROJECT

CASE = Path(__file__).parents[2] / "data" / "cases" / "partner-platforms.json"


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
        ("Partner google cast_tv;Chromecast;;", "TV"),
        ("Partner google cast;Chromecast_Audio;;", "Speaker"),
        ("Partner google cast_voice;Google_Nest_Mini;;4.5.0", "Speaker"),
        ("Partner amazon_fireos Amazon;Echo_Dot;;", "Speaker"),
        ("Partner sonos_ppc Sonos;Play1", "Speaker"),
        ("tizen", "TV"),
        ("Partner android_tv Sony;BRAVIA 4K GB;", "TV"),
        ("webos tv", "TV"),
        ("tvOS 13.4 (AppleTV5,3)", "TV"),
        ("Partner sony_ps4;PS4;", "GameConsole"),
        ("Partner SCEI sony_tv;ps4;;", "GameConsole"),
        ("Partner microsoft;xbox_one;;", "GameConsole"),
        ("playstation", "GameConsole"),
        ("watchOS 7.1 (Watch5,2)", "Smartwatch"),
        ("Partner garmin fenix;;", "Smartwatch"),
        ("Partner android_automotive volvo;;", "Automobile"),
        ("Partner spotify car_thing;;", "Automobile"),
        ("android-tablet OS 8", "Tablet"),
        ("Partner denon avr;;", None),  # a receiver, a speaker, a set: nobody knows
        ("Partner someone something;;", None),
        ("Carbon OS 1", None),
        ("not_applicable", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_platforms_name_their_kind_of_device(platform: str | None, kind: str | None) -> None:
    assert device_type(platform) == kind


def test_partners_name_devices_of_every_kind() -> None:
    kinds = [device_type(row["platform"]) for row in json.loads(CASE.read_text())]
    assert kinds == ["Computer", "TV", "TV", "Computer", "Computer", "Speaker"]


def test_silver_maps_an_older_import_by_the_same_words() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    told = project["vars"]["device_types"]
    assert list(told) == list(DEVICE_KINDS), "the first that matches counts"
    assert {kind: tuple(words) for kind, words in told.items()} == DEVICE_KINDS
