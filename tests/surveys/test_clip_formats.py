"""What a file is, is told by its content; what it tells about people is taken out."""

import random

import pytest

from surveys.clip_formats import LARGEST_BYTES, BadClip, checked
from tests.surveys import media

EVERY_KIND = {
    "png": media.png(),
    "jpg": media.jpeg(),
    "webp": media.webp(),
    "mp3": media.mp3(),
    "m4a": media.m4a(),
    "ogg": media.ogg(),
}


@pytest.mark.parametrize("extension", EVERY_KIND)
def test_each_kind_is_known_by_its_content(extension):
    assert checked(EVERY_KIND[extension]).extension == extension


@pytest.mark.parametrize("extension", ["png", "jpg", "webp"])
def test_the_size_of_a_picture_is_read_from_it(extension):
    found = checked(EVERY_KIND[extension])
    assert (found.width, found.height) == (12, 8)


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "mp3", "m4a"])
def test_what_a_device_notes_about_people_is_taken_out(extension):
    assert media.SECRET in EVERY_KIND[extension]
    assert media.SECRET not in checked(EVERY_KIND[extension]).content


@pytest.mark.parametrize("extension", EVERY_KIND)
def test_a_cleaned_file_is_taken_again_as_it_is(extension):
    once = checked(EVERY_KIND[extension])
    assert checked(once.content) == once


def test_the_rest_of_an_m4a_keeps_its_place():
    assert len(checked(media.m4a()).content) == len(media.m4a())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + bytes(50),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><body>" + b"x" * 500,
        b"%PDF-1.4" + bytes(50),
        b"MZ" + bytes(500),
        media.m4a(b"vide"),
        b"OggS\0\x02" + bytes(20) + b"\x80theora" + bytes(50),
    ],
    ids=["empty", "gif", "svg", "html", "pdf", "program", "film", "film in ogg"],
)
def test_anything_else_is_refused(content):
    with pytest.raises(BadClip, match="none of the kinds"):
        checked(content)


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "m4a"])
def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(extension):
    whole = EVERY_KIND[extension].removesuffix(media.SECRET)
    taken = []
    for length in range(12, len(whole) - 1):
        try:
            taken.append((length, checked(whole[:length]).extension))
        except BadClip:
            continue
    assert taken == []


def test_a_large_file_is_refused_with_its_size():
    with pytest.raises(BadClip, match="The file has 1001 kB; at most 1000 kB"):
        checked(media.mp3() + bytes(LARGEST_BYTES + 1 - len(media.mp3())))


def test_a_picture_of_absurd_size_is_refused():
    with pytest.raises(BadClip, match="at most 4000 points"):
        checked(media.webp(width=9000))


def test_a_picture_lying_on_its_side_is_refused_because_the_note_about_it_goes():
    with pytest.raises(BadClip, match="save it upright"):
        checked(media.jpeg(orientation=6))


@pytest.mark.parametrize("extension", EVERY_KIND)
def test_damage_of_any_kind_is_a_sentence_and_no_crash(extension):
    chance, outcomes = random.Random(4), set()
    for _try in range(400):
        content = bytearray(EVERY_KIND[extension])
        for _letter in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        outcomes.add(outcome_of(bytes(content)))
    assert outcomes <= {"taken", "refused"}


def outcome_of(content: bytes) -> str:
    try:
        checked(content)
    except BadClip:
        return "refused"
    return "taken"


def test_boxes_in_boxes_without_end_are_no_crash():
    deep = b""
    for _box in range(3000):
        deep = (len(deep) + 8).to_bytes(4, "big") + b"moov" + deep
    with pytest.raises(BadClip):
        checked(media.m4a()[:16] + deep)
