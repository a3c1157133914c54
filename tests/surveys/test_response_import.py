import random
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cxportal.organisation.importing import FileRefused
from surveys import waves
from surveys.models import Answer, ImportedFile, Mark, Response, Submission
from surveys.recount import recount
from surveys.release import release
from surveys.response_import import Refused, import_responses
from tests.factories import CollectorFactory, QuestionFactory, WaveFactory
from tests.surveys.broad import broad_wave, paper_collector

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def wave(chiara):
    return broad_wave(chiara, confidential=True, code="visit_1")


@pytest.fixture
def take(tmp_path, wave):
    def take(text: str, **options):
        file = tmp_path / "answers.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        _table, outcome = import_responses(options.pop("wave", wave), file, **options)
        return outcome

    return take


def contents():
    return [submission.content for submission in Submission.objects.all()]


def refusals(outcome):
    return [(refusal.line, refusal.code) for refusal in outcome.refusals]


EVERY_KIND = (
    "overall;staff.polite;staff.clear;staff.quick;staff.fair;visited;visited.reasons;visited.other;visits;ways;likely;"
    "first.price;first.speed;town;why\n"
)


def test_every_kind_of_question_is_read_as_the_respondents_page_would_store_it(take):
    outcome = take(EVERY_KIND + '4;1;5;:not_for_me;;yes;;;"12,50";way2|way11;10;2;1;Turku;"Long\nwait"\n')
    assert (outcome.taken, outcome.refused) == (1, 0)
    assert contents() == [
        {
            "values": [
                ["overall", "4"],
                ["staff.polite", "1"],
                ["staff.clear", "5"],
                ["staff.quick", ":not_for_me"],
                ["staff.fair", ":empty"],
                ["visited", "yes"],
                ["visits", "12.5"],
                ["ways", "way2"],
                ["ways", "way11"],
                ["likely", "10"],
                ["first.price", "2"],
                ["first.speed", "1"],
                ["town", ":given"],
                ["why", ":given"],
            ],
            "texts": [["town", "Turku"], ["why", "Long\nwait"]],
        }
    ]


def test_reasons_and_the_text_of_other_are_taken_after_a_no(take):
    take("visited;visited.reasons;visited.other\nno;far|other;Closed on Fridays\n")
    assert contents() == [
        {
            "values": [["visited", "no"], ["visited.reasons", "far"], ["visited.reasons", "other"]],
            "texts": [["visited.other", "Closed on Fridays"]],
        }
    ]


def test_a_question_without_a_column_was_not_asked_and_an_empty_cell_was_left_empty(take):
    take("overall;likely\n5;\n")
    assert contents() == [{"values": [["overall", "5"], ["likely", ":empty"]], "texts": []}]


def test_a_question_that_is_not_asked_after_the_others_gets_no_row(take):
    take("visited;visits\nno;\nyes;\n")
    assert sorted(content["values"] for content in contents()) == [
        [["visited", "no"]],
        [["visited", "yes"], ["visits", ":empty"]],
    ]


def test_i_do_not_know_is_taken_for_a_number_where_it_is_offered(take):
    take("visited;visits\nyes;:dont_know\n")
    assert contents() == [{"values": [["visited", "yes"], ["visits", ":dont_know"]], "texts": []}]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("overall", "6"),
        ("overall", "5.0"),
        ("overall", "Very good"),
        ("overall", ":dont_know"),
        ("overall", "4|5"),
        ("visited", "Yes"),
        ("ways", "way2|way99"),
        ("ways", "way2,way3"),
        ("ways", "way2||way3"),
        ("ways", "way2|way2"),
        ("ways", "way2|none"),
        ("first.price", "3"),
        ("likely", "11"),
        ("town", "x" * 51),
    ],
)
def test_a_dirty_code_is_named_by_row_and_column_and_nothing_is_imported(take, heading, cell):
    outcome = take(f"{heading};why\n;fine\n{cell};bad\n")
    assert refusals(outcome) == [(3, heading)]
    assert (outcome.taken, outcome.refused, outcome.is_written) == (1, 1, False)
    assert (Submission.objects.count(), ImportedFile.objects.count()) == (0, 0)


@pytest.mark.parametrize("cell", ["many", "100", "-1", "1e3", "1.2.3"])
def test_what_is_no_number_or_out_of_range_is_refused(take, cell):
    assert refusals(take(f"visited;visits\nyes;{cell}\n")) == [(2, "visits")]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("visited;visits\nno;3\n", "visits"),
        ("visited;visited.reasons\nyes;far\n", "visited.reasons"),
        ("ways;first.price;first.speed\nway1;1;1\n", "first.price"),
    ],
)
def test_answers_that_contradict_the_logic_are_refused_not_dropped(take, text, column):
    outcome = take(text)
    assert (refusals(outcome)[0], outcome.is_written) == ((2, column), False)


def test_answers_that_would_not_be_asked_are_left_out_and_counted_when_asked_for(take):
    outcome = take("visited;visits\nno;3\n", drop_not_asked=True)
    assert (outcome.taken, outcome.cells_left_out) == (1, 1)
    assert contents() == [{"values": [["visited", "no"]], "texts": []}]


def test_every_fault_of_a_row_is_listed_and_the_row_counted_once(take):
    outcome = take("overall;likely;visited\n9;12;maybe\n")
    assert (refusals(outcome), outcome.refused) == ([(2, "overall"), (2, "likely"), (2, "visited")], 1)


def test_clean_rows_are_taken_without_the_others_when_asked_for(take):
    outcome = take("overall\n5\n9\n4\n", skip_refused=True)
    assert (outcome.taken, outcome.refused, outcome.is_written) == (2, 1, True)
    assert sorted(content["values"][0][1] for content in contents()) == ["4", "5"]


def test_a_row_with_a_cell_too_many_is_refused(take):
    assert refusals(take("overall;likely\n5;9\n5;9;9\n")) == [(3, "")]


def test_a_check_changes_nothing(take):
    outcome = take("overall\n5\n", check=True)
    assert (outcome.taken, outcome.is_written) == (1, False)
    assert (Submission.objects.count(), ImportedFile.objects.count()) == (0, 0)


def test_an_unknown_heading_refuses_the_file_until_it_is_left_out(take):
    with pytest.raises(FileRefused, match=r"headings: overal \| id\."):
        take("overal;likely;id\n5;9;1\n")
    assert take("likely;id\n9;1\n", leave_out=["id"]).taken == 1


def test_headings_can_be_given_by_hand(take):
    assert take("Q1;Q2\n5;9\n", columns={"overall": "Q1", "likely": "Q2"}).taken == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encoding_and_delimiter_are_found_out(take, encoding, delimiter):
    take(f"overall{delimiter}town\n5{delimiter}Jyväskylä\n".encode(encoding))
    assert contents()[0]["texts"] == [["town", "Jyväskylä"]]


def test_one_column_with_several_choices_is_not_split_at_the_bar(take):
    take("ways\nway1|way2\n")
    assert contents()[0]["values"] == [["ways", "way1"], ["ways", "way2"]]


# ---------- which way in, and beside the answers ----------


def test_a_row_says_its_way_in_by_name_address_unit_or_channel(take, wave, unit_a, unit_b):
    at_a = CollectorFactory(wave=wave, unit=unit_a, channel="desk", name="Desk A")
    at_b = CollectorFactory(wave=wave, unit=unit_b, channel="phone", name="Phone B")
    take(f"overall;collector;unit;channel\n1;Desk A;;\n2;{at_b.address};;\n3;;A;\n4;;;phone\n5;;B;phone\n")
    assert sorted((row.content["values"][0][1], row.collector_id) for row in Submission.objects.all()) == [
        ("1", at_a.pk),
        ("2", at_b.pk),
        ("3", at_a.pk),
        ("4", at_b.pk),
        ("5", at_b.pk),
    ]


def test_an_unclear_way_in_is_refused_never_chosen(take, wave, unit_a):
    CollectorFactory(wave=wave, unit=unit_a, channel="desk")
    CollectorFactory(wave=wave, unit=unit_a, channel="desk")
    outcome = take("overall;unit;channel\n5;A;desk\n5;A;fax\n5;;\n")
    assert refusals(outcome) == [(2, "unit"), (3, "unit"), (4, "channel")]


def test_one_way_in_can_be_named_for_every_row(take, wave, unit_a):
    paper = paper_collector(wave, unit=unit_a, name="Paper")
    take("overall\n5\n", collector="Paper")
    assert list(Submission.objects.values_list("collector", "mode")) == [(paper.pk, "paper")]


def test_personal_links_are_no_way_in_for_a_file(take, wave):
    CollectorFactory(wave=wave, kind="tickets", name="Mailing")
    assert refusals(take("overall;collector\n5;Mailing\n")) == [(2, "collector")]


def test_a_closed_way_in_takes_nothing(take, wave):
    CollectorFactory(wave=wave, name="Old", state="closed")
    assert refusals(take("overall;collector\n5;Old\n")) == [(2, "collector")]


def test_the_language_is_kept_and_an_unknown_one_refused(take, wave):
    wave.languages = ["en", "fi"]
    wave.save()
    assert refusals(take("overall;language\n5;klingon\n")) == [(2, "language")]
    take("overall;language\n5;fi\n")
    assert list(Submission.objects.values_list("language", flat=True)) == ["fi"]


def test_a_question_called_language_is_no_language(take, wave):
    content = wave.version.content
    question = QuestionFactory(code="language", kind="short_text", standard_scale="")
    content["parts"][0]["questions"].append(
        next(row for row in content["parts"][1]["questions"] if row["code"] == "town")
        | {"code": question.code}
    )
    wave.version.save()
    take("language;:language\nArabic;en\n")
    submission = Submission.objects.get()
    assert (submission.content["texts"], submission.language) == ([["language", "Arabic"]], "en")


# ---------- the ballot box ----------


@pytest.mark.parametrize("state", ["draft", "paused", "closed"])
def test_a_wave_that_is_not_open_takes_no_file(take, chiara, wave, state):
    if state == "draft":
        wave = WaveFactory(version=wave.version, pairs=[], breakdowns=[])
    elif state == "paused":
        waves.pause(wave=wave, by=chiara)
    else:
        waves.close_wave(wave=wave, by=chiara)
    wave.refresh_from_db()
    with pytest.raises(Refused):
        take("overall\n5\n", wave=wave)


def test_the_same_file_is_not_counted_twice_by_mistake(take):
    take("overall\n5\n", at=date(2026, 3, 1))
    with pytest.raises(Refused, match="2026-03-01"):
        take("overall\n5\n")
    assert take("overall\n5\n", again=True).is_written
    assert list(ImportedFile.objects.values_list("times", "rows")) == [(2, 1)]
    assert Submission.objects.count() == 2


def test_the_same_file_may_go_into_another_wave(take, chiara):
    take("overall\n5\n")
    assert take("overall\n5\n", wave=broad_wave(chiara)).is_written


def test_no_mark_is_made_and_the_order_of_the_file_is_lost(take, chiara):
    wave = broad_wave(chiara)
    towns = [f"Town {number}" for number in range(40)]
    take("town\n" + "\n".join(towns) + "\n", wave=wave)
    stored = [content["texts"][0][1] for content in contents()]
    assert sorted(stored) == sorted(towns)
    assert stored != towns
    assert Mark.objects.count() == 0


def test_release_counts_what_was_imported(take, wave):
    rng = random.Random(3)
    rows = "".join(f"{rng.randint(1, 5)};{rng.randint(0, 10)};yes\n" for _ in range(50))
    take("overall;likely;visited\n" + rows)
    assert release(wave) == 50
    assert (Response.objects.count(), Answer.objects.count()) == (50, 150)
    assert recount(wave) == []


# ---------- the command ----------


def run(*arguments):
    out, err = StringIO(), StringIO()
    try:
        call_command("import_responses", *map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def test_the_command_says_what_it_took(wave, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("overall;ways\n5;way1|way2\n4;\n")
    out, err = run("visit_1", file)
    assert (out.splitlines()[-1], err) == ("2 rows put into the ballot box, 0 refused.", "")


def test_the_command_names_file_row_and_column_and_fails(wave, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("overall\n5\n6\n")
    with pytest.raises(CommandError):
        call_command("import_responses", "visit_1", str(file), stdout=StringIO(), stderr=StringIO())
    _out, err = run("visit_1", file)
    assert f"{file}, line 3, overall: “6” is no code of this question." in err
    assert "nothing was imported" in err
    assert Submission.objects.count() == 0


def test_the_command_checks_without_changing(wave, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("overall\n5\n")
    out, _err = run("visit_1", file, "--check")
    assert out.splitlines()[-1] == "1 rows to take, 0 refused; nothing was changed, this was a check."


def test_a_file_without_rows_is_no_success(wave, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("overall\n")
    assert "no row to take" in run("visit_1", file)[1]


def test_an_unknown_wave_is_named(db, tmp_path):
    assert "no wave with the code nowhere" in run("nowhere", tmp_path / "a.csv")[1]
