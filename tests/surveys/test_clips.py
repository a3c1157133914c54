"""Pictures and recordings of questions: in the editor, in a version, and on the page."""

import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from surveys import clips
from surveys.editing import duplicate_question
from surveys.models import Clip
from surveys.publishing import ChangesNotDeclared, content_of, publish
from tests.factories import PartFactory, QuestionFactory, SurveyFactory, UserFactory
from tests.surveys import media
from tests.surveys.contents import content, every_kind, grid, information, ranking, rating, words
from tests.surveys.respondent import Respondent, open_survey
from tests.surveys.test_editor_question import faults, filled, form_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents")]

AUDIO = "0" * 32 + ".mp3"
PICTURE = "1" * 32 + ".png"
ARABIC_PICTURE = "2" * 32 + ".webp"


@pytest.fixture
def question():
    part = PartFactory(survey=SurveyFactory(code="visit", title_en="Your visit"), position=1)
    return QuestionFactory(part=part, code="overall", text_en="How was it?")


@pytest.fixture
def person():
    return UserFactory()


def add(question, person, kind="audio", language="en", content=None, **more) -> Clip:
    content = content or (media.mp3() if kind == "audio" else media.png())
    alt = {"alt": "A counter with a queue"} if kind == "picture" else {}
    return clips.put_clip(
        question=question, kind=kind, language=language, content=content, by=person, **alt, **more
    )


def heard(file: str = AUDIO, language: str = "en") -> dict:
    return {"audio": {language: {"file": file}}}


def seen(file: str = PICTURE, language: str = "en") -> dict:
    return {"picture": {language: {"file": file, "width": 12, "height": 8, "alt": "A <counter>"}}}


def page_of(one, language="en", rest="answer/") -> str:
    way = open_survey(one)
    return Respondent(f"/{language}/s/{way.address}/").open(rest).page


# ---------- adding and freezing ----------


def test_a_published_version_keeps_its_clip_when_the_draft_gets_another(question, person):
    before = add(question, person)
    version = publish(survey=question.survey, by=person)
    after = add(question, person, content=media.mp3(frames=9))
    assert before.file != after.file
    assert version.content["parts"][0]["questions"][0]["clips"] == heard(before.file)
    assert clips.read_file(before.file) is not None


def test_a_question_without_clips_is_frozen_as_it_always_was(question):
    assert "clips" not in content_of(question.survey)["parts"][0]["questions"][0]


def test_another_recording_is_a_change_that_somebody_judges(question, person):
    add(question, person)
    publish(survey=question.survey, by=person)
    add(question, person, content=media.mp3(frames=9))
    with pytest.raises(ChangesNotDeclared):
        publish(survey=question.survey, by=person)


def test_a_recording_in_one_more_language_breaks_no_series(question, person):
    add(question, person)
    publish(survey=question.survey, by=person)
    add(question, person, language="ar")
    version = publish(survey=question.survey, by=person)
    assert [change.breaks_series for change in version.changes.all()] == [False]


def test_a_copied_question_has_the_same_clips(question, person):
    file = add(question, person).file
    assert [clip.file for clip in duplicate_question(question=question).clips.all()] == [file]


def test_one_question_has_one_recording_in_a_language(question, person):
    clip = add(question, person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clip.objects.create(
            question=question, kind="audio", language="en", file=clip.file, size_bytes=1, alt=""
        )


def test_a_picture_without_words_is_kept_out_by_the_database(question):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clip.objects.create(
            question=question, kind="picture", language="en", file=PICTURE, size_bytes=1, width=1, height=1
        )


def test_files_that_nobody_has_any_more_are_removed(question, person, monkeypatch):
    monkeypatch.setattr(clips, "KEPT_UNUSED", -clips.KEPT_UNUSED)
    published = add(question, person).file
    publish(survey=question.survey, by=person)
    draft = add(question, person, content=media.mp3(frames=9)).file
    gone = add(question, person, kind="picture").file
    clips.remove_clip(question=question, kind="picture", language="en", by=person)
    clips.forget_unused()
    there = {file: default_storage.exists(clips.path_of(file)) for file in (published, draft, gone)}
    assert there == {published: True, draft: True, gone: False}


def test_a_file_added_just_now_is_left_alone(question, person):
    file = add(question, person).file
    clips.remove_clip(question=question, kind="audio", language="en", by=person)
    clips.forget_unused()
    assert clips.read_file(file) is not None


# ---------- the editor ----------


def send(client, question, **more):
    return client.post(form_of(question), filled(question, **more))


def upload(content: bytes, name: str = "clip.bin") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_form_takes_a_recording_and_a_picture(chiara_client, question):
    more = {"clips-en-audio": upload(media.mp3()), "clips-en-picture": upload(media.png())}
    send(chiara_client, question, **more, **{"clips-en-alt": "A counter"})
    found = {clip.kind: (clip.language, clip.alt, clip.width) for clip in Clip.objects.all()}
    assert found == {"audio": ("en", "", None), "picture": ("en", "A counter", 12)}


def test_the_name_of_a_file_does_not_decide_what_it_is(chiara_client, question):
    more = {"clips-en-audio": upload(b"<script>alert(1)</script>", "song.mp3")}
    answer = send(chiara_client, question, **more)
    assert faults(answer) == ["Look at the picture and the recording: English."]
    assert "none of the kinds that are taken" in answer.content.decode()
    assert not Clip.objects.exists()


def test_a_picture_is_not_taken_for_a_recording(chiara_client, question):
    answer = send(chiara_client, question, **{"clips-en-audio": upload(media.png())})
    assert "This is a picture." in answer.content.decode()


def test_a_picture_needs_words(chiara_client, question):
    answer = send(chiara_client, question, **{"clips-en-picture": upload(media.png()), "clips-en-alt": " "})
    assert "Say what the picture shows" in answer.content.decode()
    assert not Clip.objects.exists()


def test_a_clip_is_removed_by_a_tick(chiara_client, question, person):
    add(question, person)
    send(chiara_client, question, **{"clips-en-remove_audio": "on"})
    assert not Clip.objects.exists()


def test_the_words_of_a_picture_can_be_changed_alone(chiara_client, question, person):
    add(question, person, kind="picture")
    send(chiara_client, question, **{"clips-en-alt": "Two counters"})
    assert Clip.objects.get().alt == "Two counters"


def test_a_manager_cannot_add_a_clip(aino_client, question, unit_a):
    question.survey.unit = unit_a
    question.survey.save()
    answer = send(aino_client, question, **{"clips-en-audio": upload(media.mp3())})
    assert (answer.status_code, Clip.objects.exists()) == (403, False)


def test_clips_are_seen_by_those_who_see_their_survey(question, person, aino, chiara, unit_b):
    question.survey.unit = unit_b
    question.survey.save()
    add(question, person)
    assert [Clip.objects.for_user(user).count() for user in (chiara, aino)] == [1, 0]


# ---------- the page ----------


def test_a_page_without_clips_says_nothing_of_them():
    page = page_of(every_kind())
    assert [word for word in ("<audio", "<img", "Listen", "/clip/") if word in page] == []


def test_clips_of_one_version_do_not_change_the_stylesheet_of_another():
    sheets = [
        re.search(r'stylesheet" href="([^"]*)"', page_of(one))[1]
        for one in (content([rating("overall")]), content([rating("overall", clips=seen())]))
    ]
    rules = [Client().get(sheet).content.decode() for sheet in sheets]
    assert [".pic{" in rule for rule in rules] == [False, True]


@pytest.mark.parametrize(
    "asked",
    [
        rating("it", clips=heard()),
        grid("it", ["a", "b"], clips=heard()),
        ranking("it", "a", "b", clips=heard()),
        information("it", clips=heard()),
    ],
    ids=lambda asked: asked["kind"],
)
def test_a_question_can_be_listened_to(asked):
    page = page_of(content([asked, rating("other")]))
    assert f'<audio controls preload="none" src="/clip/{AUDIO}" aria-labelledby="l-it">' in page
    assert '<span id="l-it">Listen to the question</span>' in page


def test_every_kind_of_question_has_its_place_for_clips():
    one = every_kind()
    for part in one["parts"]:
        for question in part["questions"]:
            question["clips"] = heard()
    way, found = open_survey(one), 0
    for number in range(len(one["parts"])):
        respondent = Respondent(f"/en/s/{way.address}/").open()
        for _press in range(number):
            respondent.press()
        found += respondent.page.count("<audio ")
    assert found == sum(len(part["questions"]) for part in one["parts"])


def test_no_question_is_read_aloud_in_another_language_than_the_page():
    assert "<audio" not in page_of(content([rating("it", clips=heard(language="en"))]), "ar")


def test_a_picture_has_its_size_and_its_words():
    page = page_of(content([rating("it", clips=seen())]))
    expected = f'<img src="/clip/{PICTURE}" width="12" height="8" alt="A &lt;counter&gt;" loading="lazy">'
    assert expected in page


def test_a_picture_of_another_language_says_so():
    page = page_of(content([rating("it", text=words("Staff"), clips=seen())]), "ar")
    assert 'alt="A &lt;counter&gt;" lang="en" dir="ltr"' in page


def test_the_picture_of_the_language_of_the_page_goes_first():
    both = {"picture": seen()["picture"] | seen(ARABIC_PICTURE, "ar")["picture"]}
    page = page_of(content([rating("it", clips=both)]), "ar")
    assert re.findall(r"/clip/([0-9a-f]{32}\.\w+)", page) == [ARABIC_PICTURE]


def test_fetching_a_picture_does_not_tell_that_a_condition_holds():
    bad = {"question": "it", "op": "at_most", "value": 2}
    page = page_of(content([rating("it"), rating("hidden", shown_if=bad, clips=seen())]))
    assert "<img" in page
    assert 'loading="lazy"' not in page


def test_the_easier_version_opens_the_recording():
    page = page_of(content([rating("it", clips=heard())]), rest="easy/")
    assert '<details class="listen" open>' in page


def test_the_preview_shows_the_clips_of_the_draft(chiara_client, question, person):
    file = add(question, person, kind="picture").file
    address = reverse("admin:surveys_survey_preview_page", args=[question.survey_id])
    page = chiara_client.get(f"{address}?language=en&part=1").content.decode()
    assert f"/clip/{file}" in page
    sheet = re.search(r'stylesheet" href="([^"]*)"', page)[1]
    assert ".pic{" in Client().get(sheet).content.decode()


# ---------- the file ----------


@pytest.fixture
def recording(question, person):
    return reverse("survey_clip", args=[add(question, person).file])


def test_a_clip_is_sent_without_cookie_and_may_be_kept(recording, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = Client().get(recording)
    assert (response.status_code, response.cookies.output()) == (200, "")
    names = ["Content-Type", "Cache-Control", "X-Content-Type-Options", "Referrer-Policy", "Accept-Ranges"]
    assert [response.headers[name] for name in names] == [
        "audio/mpeg",
        "public, max-age=31536000, immutable",
        "nosniff",
        "no-referrer",
        "bytes",
    ]


@pytest.mark.parametrize(
    ("wanted", "status", "said", "length"),
    [
        ("bytes=0-1", 206, "bytes 0-1/312", 2),
        ("bytes=300-", 206, "bytes 300-311/312", 12),
        ("bytes=-10", 206, "bytes 302-311/312", 10),
        ("bytes=0-99999", 206, "bytes 0-311/312", 312),
        ("bytes=400-500", 416, "bytes */312", 0),
        ("bytes=9-3", 200, None, 312),
        ("bytes=0-1,5-6", 200, None, 312),
        ("bytes=-", 200, None, 312),
        ("lines=1-2", 200, None, 312),
    ],
)
def test_players_may_ask_for_a_part(recording, wanted, status, said, length):
    response = Client(headers={"accept-encoding": "gzip"}).get(recording, headers={"range": wanted})
    found = response.status_code, response.headers.get("Content-Range"), len(response.content)
    assert found == (status, said, length)
    assert "Content-Encoding" not in response.headers


def test_a_clip_that_is_not_there_is_not_found():
    assert Client().get(f"/clip/{'f' * 32}.mp3").status_code == 404


@pytest.mark.parametrize("name", ["../../settings.py", "x.mp3", f"{'0' * 32}.svg", f"{'0' * 32}.html"])
def test_only_clips_have_an_address(name):
    assert Client().get(f"/clip/{name}").status_code == 404
