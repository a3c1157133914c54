import pytest

from surveys.interchange.language_names import code_of, match


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("English", "en"),
        ("English (EN)", "en"),
        ("english (en-GB)", "en"),
        ("Français", "fr"),
        ("العربية", "ar"),
        ("Arabic / العربية", "ar"),
        ("فارسی", "fa"),
        ("Dari (prs)", "prs"),
        ("Kurdish (Sorani)", "ckb"),
        ("Kurmanji", "ku"),
        ("chinese", "zh-hans"),
        ("zh-Hans", "zh-hans"),
        ("nl-informal", "nl"),
        ("Swahili", "sw"),
        ("Kurdish", ""),
        ("Klingon", ""),
        ("zh-Hant", ""),
        ("English (fr)", ""),
        ("Bangla (bn)", ""),
        ("", ""),
    ],
)
def test_names_of_languages_are_understood_or_left_open(label, code):
    assert code_of(label) == code


def test_what_somebody_said_goes_before_what_is_known():
    found = match(
        ["English", "Kurdish", "Klingon", ""],
        {"kurdish": "ckb", "Klingon": "-", "default": "fi"},
        fallback="en",
    )
    assert [(one.label, one.code, one.is_sure) for one in found] == [
        ("English", "en", True),
        ("Kurdish", "ckb", True),
        ("Klingon", "", True),
        ("", "fi", True),
    ]


def test_of_two_names_for_one_language_the_second_is_asked_about():
    found = match(["English", "English (UK)"], {}, fallback="en")
    assert [(one.label, one.code, one.is_sure) for one in found] == [
        ("English", "en", True),
        ("English (UK)", "", False),
    ]
