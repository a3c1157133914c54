import random

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from surveys import publishing, quality
from surveys.models import QualityCount, Submission
from surveys.quality import Shown
from surveys.recount import recount
from surveys.release import release
from tests.factories import ContradictionFactory, QuestionFactory
from tests.surveys.broad import broad_content, broad_wave

pytestmark = [pytest.mark.django_db, pytest.mark.services]

NEVER_VISITED = ("never_visited", "visited", "no", "visits", "")
BAD_BUT_LIKELY = ("bad_but_likely", "overall", "1 2", "likely", "9 10")


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def wave(chiara):
    return broad_wave(chiara, confidential=True, contradictions=(NEVER_VISITED, BAD_BUT_LIKELY))


def answered(wave, *filled: list[list[str]]):
    collector = wave.collectors.first()
    Submission.objects.bulk_create(
        Submission(
            wave=wave,
            version=wave.version,
            collector=collector,
            content={"values": values, "texts": []},
        )
        for values in filled
    )
    release(wave)


def counted(wave, kind):
    return {row.name: (row.n, row.of) for row in QualityCount.objects.filter(wave=wave, kind=kind)}


def staff(*points):
    return [
        [f"staff.{item}", point]
        for item, point in zip(["polite", "clear", "quick", "fair"], points, strict=True)
    ]


# ---------- contradictions ----------


def test_a_declared_contradiction_is_counted_of_those_who_answered_both(wave):
    answered(
        wave,
        [["overall", "1"], ["likely", "10"]],
        [["overall", "2"], ["likely", "3"]],
        [["overall", "5"], ["likely", "9"]],
        [["overall", "1"], ["likely", ":empty"]],
        [["likely", "9"]],
    )
    assert counted(wave, "contradiction") == {"bad_but_likely": (1, 3)}


def test_without_values_any_answer_contradicts(wave):
    answered(
        wave,
        [["visited", "no"], ["visits", "3"]],
        [["visited", "yes"], ["visits", "3"]],
        [["visited", "no"], ["visits", ":empty"]],
    )
    assert counted(wave, "contradiction") == {"never_visited": (1, 2)}


def test_one_of_several_ticked_choices_is_enough(chiara):
    wave = broad_wave(
        chiara, confidential=True, contradictions=(("pair", "ways", "way2 way3", "overall", "5"),)
    )
    answered(
        wave,
        [["ways", "way1"], ["ways", "way3"], ["overall", "5"]],
        [["ways", "way1"], ["overall", "5"]],
    )
    assert counted(wave, "contradiction") == {"pair": (1, 2)}


def test_an_answer_outside_the_scale_counts_only_when_it_is_named(chiara):
    pair = ("pair", "overall", ":not_for_me", "likely", "")
    wave = broad_wave(chiara, confidential=True, contradictions=(pair,))
    answered(wave, [["overall", ":not_for_me"], ["likely", "5"]], [["overall", "3"], ["likely", "5"]])
    assert counted(wave, "contradiction") == {"pair": (1, 2)}


def test_contradicting_answers_stay_counted(wave):
    answered(wave, [["overall", "1"], ["likely", "10"]])
    assert wave.responses.count() == 1


# ---------- one point for everything ----------


@pytest.mark.parametrize(
    ("points", "found"),
    [
        (("3", "3", "3", "3"), (1, 1)),
        (("3", "3", "3", "4"), (0, 1)),
        (("3", "3", "3", ":empty"), None),
        (("3", "3", "3", ":not_for_me"), None),
        ((":empty",) * 4, None),
    ],
)
def test_one_point_for_everything_is_counted_of_those_who_rated_all(wave, points, found):
    answered(wave, staff(*points))
    assert counted(wave, "same_point") == ({"staff": found} if found else {})


def test_a_grid_of_three_is_too_short_to_say_anything(chiara):
    wave = broad_wave(chiara, confidential=True)
    grid = next(row for row in wave.version.content["parts"][0]["questions"] if row["code"] == "staff")
    grid["items"].pop()
    wave.version.digest = "3" * 64
    wave.version.save()
    answered(wave, staff("3", "3", "3", "3")[:3])
    assert counted(wave, "same_point") == {}


# ---------- left empty ----------


def test_the_share_left_empty_is_counted_over_everything_asked(wave):
    answered(
        wave,
        [
            ["overall", ":empty"],
            ["ways", "way1"],
            ["ways", "way2"],
            ["first.price", "1"],
            ["first.speed", "2"],
        ],
        [["overall", ":not_for_me"], ["first", ":empty"]],
    )
    # of the first: overall, ways and the ranking; of the second: overall and the ranking
    assert counted(wave, "empty") == {"": (2, 5)}


# ---------- sums and recount ----------


def random_answers(rng):
    values = [["overall", rng.choice(["1", "2", "5", ":empty", ":not_for_me"])]]
    values += [
        ["likely", rng.choice(["0", "9", "10", ":empty"])],
        ["visited", rng.choice(["yes", "no", ":empty"])],
    ]
    values += staff(*(rng.choice(["1", "1", "1", "2", ":empty"]) for _ in range(4)))
    values += rng.choice([[], [["visits", "3"]], [["visits", ":empty"]], [["visits", ":dont_know"]]])
    values += rng.choice(
        [[["first", ":empty"]], [["first.price", "1"]], [["first.price", "1"], ["first.speed", "2"]]]
    )
    values += [["ways", code] for code in rng.sample(["way1", "way2", "way3"], rng.randint(1, 3))]
    return [*values, ["why", rng.choice([":given", ":empty"])]]


def test_recount_finds_the_same_sums_in_the_rows(wave):
    rng = random.Random(8)
    for _batch in range(3):
        answered(wave, *(random_answers(rng) for _ in range(100)))
    assert counted(wave, "responses") == {"": (300, 300)}
    assert counted(wave, "same_point")["staff"][0] > 0
    assert {name: n > 0 for name, (n, _of) in counted(wave, "contradiction").items()} == {
        "bad_but_likely": True,
        "never_visited": True,
    }
    assert recount(wave) == []


@pytest.mark.parametrize("kind", ["responses", "contradiction", "same_point", "empty"])
def test_recount_finds_a_sum_that_was_tampered_with(wave, kind):
    rng = random.Random(8)
    answered(wave, *(random_answers(rng) for _ in range(50)))
    row = QualityCount.objects.filter(wave=wave, kind=kind).first()
    QualityCount.objects.filter(wave=wave, kind=kind, name=row.name).update(n=row.n + 1)
    assert [(found.value, found.cell) for found in recount(wave)] == [(kind, row.name)]


# ---------- shown ----------


def test_nothing_is_shown_of_fewer_answers_than_the_smallest_group(wave):
    answered(wave, *([["overall", "1"], ["likely", "10"]] for _ in range(9)))
    assert quality.shown(wave) == []


def test_few_and_nearly_all_are_not_told_apart(wave):
    answered(
        wave,
        *([["overall", "1"], ["likely", "10"], *staff("1", "1", "1", "1")] for _ in range(3)),
        *([["overall", "5"], ["likely", "10"], *staff("2", "2", "2", "2")] for _ in range(27)),
    )
    assert quality.shown(wave) == [
        Shown("contradiction", "bad_but_likely", 30, None),
        Shown("same_point", "staff", 30, None, is_nearly_all=True),
        Shown("empty", "", 180, 0),
    ]


def test_a_share_is_shown_with_what_it_is_a_share_of(wave):
    answered(
        wave,
        *([["overall", "1"], ["likely", "10"]] for _ in range(12)),
        *([["overall", "5"], ["likely", ":empty"]] for _ in range(20)),
        *([["overall", "5"], ["likely", "10"]] for _ in range(28)),
    )
    assert quality.shown(wave) == [
        Shown("contradiction", "bad_but_likely", 40, 30),
        Shown("empty", "", 120, 17),
    ]


# ---------- declared and frozen ----------


def test_pairs_are_frozen_with_the_version():
    pair = ContradictionFactory(
        code="odd", first_question="a", first_values="1, 2 2", second_question="b", second_values=""
    )
    assert publishing.content_of(pair.survey)["contradictions"] == [
        {
            "code": "odd",
            "first": {"question": "a", "values": ["1", "2"]},
            "second": {"question": "b", "values": []},
        }
    ]


def test_a_survey_without_pairs_is_frozen_as_before():
    assert "contradictions" not in publishing.content_of(QuestionFactory().survey)


@pytest.mark.parametrize(
    ("question", "values", "faults"),
    [
        ("overall", "5 :not_for_me", 0),
        ("overall", "6", 1),
        ("overall", "good", 0),
        ("overall", ":dont_know", 1),
        ("staff.polite", "5", 0),
        ("staff", "5", 1),
        ("staff.rude", "5", 1),
        ("visited.reasons", "far", 0),
        ("visits", "3 4", 0),
        ("ways", "way1 way99", 1),
        ("first.price", "1", 0),
        ("first.price", "3", 1),
        ("why", "", 1),
        ("hello", "", 1),
        ("nowhere", "", 1),
    ],
)
def test_a_pair_that_names_what_is_not_there_keeps_the_survey_from_being_published(question, values, faults):
    pair = ContradictionFactory(
        first_question=question, first_values=values, second_question="likely", second_values="10"
    )
    content = broad_content(pair.survey)
    found = [fault for fault in publishing.faults_in(content) if "contradiction" in fault]
    assert len(found) == faults


def test_a_pair_names_questions_of_its_survey():
    question = QuestionFactory(code="overall")
    pair = ContradictionFactory.build(
        survey=question.survey, first_question="overall", second_question="elsewhere"
    )
    with pytest.raises(ValidationError, match="no such question"):
        pair.clean()


# ---------- the page of a wave ----------


def test_the_cx_team_reads_the_shares_of_a_wave(chiara_client, wave):
    answered(
        wave,
        *([["overall", "1"], ["likely", "10"]] for _ in range(12)),
        *([["overall", "5"], ["likely", "10"]] for _ in range(12)),
    )
    text = chiara_client.get(reverse("paper:quality", args=[wave.pk])).content.decode()
    assert "of 24 who answered both questions" in text
    assert "<b>50 %</b>" in text


def test_a_small_number_stands_nowhere_on_the_page(chiara_client, wave):
    answered(
        wave,
        *([["overall", "1"], ["likely", "10"]] for _ in range(3)),
        *([["overall", "5"], ["likely", "10"]] for _ in range(37)),
    )
    text = chiara_client.get(reverse("paper:quality", args=[wave.pk])).content.decode()
    assert "fewer than 10" in text
    assert "8 %" not in text


@pytest.mark.parametrize("who", ["aino_client", "bram_client", "dimitri_client", "elif_client"])
def test_nobody_else_opens_the_page(request, wave, who):
    client = request.getfixturevalue(who)
    assert client.get(reverse("paper:quality", args=[wave.pk])).status_code == 403
