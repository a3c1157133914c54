import pytest
from django.urls import reverse

from surveys import paper_entry
from surveys.models import PaperBatch, Sheet, Submission
from tests.conftest import client_of
from tests.factories import StaffRoleFactory, UserFactory
from tests.surveys.broad import broad_wave, paper_collector

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def collector(chiara, unit_b):
    return paper_collector(broad_wave(chiara), unit=unit_b)


@pytest.fixture
def batch(collector, bram):
    return paper_entry.start_batch(collector=collector, by=bram, name="Counter B")


@pytest.fixture
def gerd(unit_b):
    return StaffRoleFactory(user=UserFactory(username="gerd"), role="staff", unit=unit_b).user


@pytest.fixture
def gerd_client(gerd):
    return client_of(gerd)


POSTED = {
    "number": "7",
    "q.:language": "en",
    "q.:helped": "yes",
    "q.overall": "4",
    "q.staff.polite": "5",
    "q.ways": ["way2", "way11"],
    "q.likely": "10",
    "q.visited": "",
    "q.why": "Too long a wait",
}
TYPED = {
    ":language": ["en"],
    ":helped": ["yes"],
    "overall": ["4"],
    "staff.polite": ["5"],
    "ways": ["way2", "way11"],
    "likely": ["10"],
    "why": ["Too long a wait"],
}


def page(name, *args):
    return reverse(f"paper:{name}", args=args)


def test_a_stack_from_the_first_sheet_to_the_ballot_box(bram_client, gerd_client, collector):
    bram_client.post(page("batches"), {"collector": collector.pk, "name": "Counter B"})
    batch = PaperBatch.objects.get()
    bram_client.post(page("type", batch.pk), POSTED)
    bram_client.post(page("type", batch.pk), POSTED | {"number": "8"})
    bram_client.post(page("finish", batch.pk))
    for sheet in Sheet.objects.all():
        gerd_client.post(page("again", batch.pk, sheet.pk), POSTED | {"q.overall": "5"})
    for sheet in Sheet.objects.all():
        gerd_client.post(page("settle", batch.pk, sheet.pk), {"use.overall": "second"})
    gerd_client.post(page("confirm", batch.pk))
    batch.refresh_from_db()
    assert (batch.state, Sheet.objects.count()) == ("confirmed", 0)
    assert [dict(row.content["values"])["overall"] for row in Submission.objects.all()] == ["5", "5"]


def test_a_sheet_is_kept_as_it_was_typed(bram_client, batch):
    answer = bram_client.post(page("type", batch.pk), POSTED, follow=True)
    assert list(Sheet.objects.values_list("number", "first")) == [("7", TYPED)]
    assert "Sheet 7 is saved. 1 sheet is in the stack." in answer.content.decode()


def test_the_next_sheet_begins_with_the_language_of_the_one_before(bram_client, batch):
    batch.collector.wave.languages = ["en", "fi"]
    batch.collector.wave.save()
    bram_client.post(page("type", batch.pk), POSTED | {"q.:language": "fi"})
    text = bram_client.get(page("type", batch.pk)).content.decode()
    assert 'name="q.:language" value="fi" checked' in text
    assert 'name="q.overall" value="4" checked' not in text


def test_what_was_typed_is_not_lost_when_something_has_to_be_corrected(bram_client, batch):
    answer = bram_client.post(page("type", batch.pk), POSTED | {"q.visits": "some <b>"})
    text = answer.content.decode()
    assert Sheet.objects.count() == 0
    assert "some &lt;b&gt;" in text
    assert 'name="q.overall" value="4" checked' in text
    assert "Too long a wait" in text
    assert "<title>Error:" in text


def test_a_sheet_without_a_number_comes_back_with_everything_on_it(bram_client, batch):
    text = bram_client.post(page("type", batch.pk), POSTED | {"number": " "}).content.decode()
    assert "Type the number printed on the sheet" in text
    assert 'name="q.likely" value="10" checked' in text


@pytest.mark.parametrize(
    "posted",
    [{"q.overall": "99"}, {"q.ways": "way99"}, {"q.:language": "xx"}, {"q.nowhere": "1"}, {"q.town": "\x00"}],
)
def test_codes_that_are_not_on_the_sheet_are_never_stored(bram_client, batch, posted):
    bram_client.post(page("type", batch.pk), {"number": "1"} | posted)
    assert Sheet.objects.get().first == {}


def test_numbers_of_a_scale_are_their_own_keys_and_choices_are_numbered_then_lettered(bram_client, batch):
    text = bram_client.get(page("type", batch.pk)).content.decode()
    for name, code, key in [
        ("likely", "0", "0"),
        ("likely", "10", "10"),
        ("overall", "5", "5"),
        ("overall", ":not_for_me", "-"),
        ("visited", "yes", "1"),
        ("visited", "no", "2"),
        ("ways", "way9", "9"),
        ("ways", "way10", "a"),
        ("first.speed", "2", "2"),
    ]:
        line = next(line for line in text.splitlines() if f'name="q.{name}" value="{code}"' in line)
        assert f'data-cx-key="{key}"' in line


def test_the_second_typist_sees_nothing_of_the_first_typing(bram_client, gerd_client, batch):
    bram_client.post(page("type", batch.pk), POSTED)
    sheet = Sheet.objects.get()
    bram_client.post(page("finish", batch.pk))
    for address in [page("again", batch.pk, sheet.pk), page("batch", batch.pk), page("batches")]:
        text = gerd_client.get(address).content.decode()
        assert "Too long a wait" not in text
        assert 'value="4" checked' not in text
    assert gerd_client.get(page("correct", batch.pk, sheet.pk)).status_code == 404
    assert "7" in gerd_client.get(page("again", batch.pk, sheet.pk)).content.decode()


def test_nobody_opens_the_sheet_of_somebody_else(gerd_client, bram_client, batch):
    bram_client.post(page("type", batch.pk), POSTED)
    sheet = Sheet.objects.get()
    assert gerd_client.get(page("correct", batch.pk, sheet.pk)).status_code == 404
    assert gerd_client.post(page("remove", batch.pk, sheet.pk)).status_code == 404
    assert Sheet.objects.count() == 1


def test_the_first_typist_is_not_offered_the_second_typing(bram_client, batch):
    bram_client.post(page("type", batch.pk), POSTED)
    sheet = Sheet.objects.get()
    bram_client.post(page("finish", batch.pk))
    assert (
        "A colleague has to type them this time" in bram_client.get(page("batch", batch.pk)).content.decode()
    )
    assert bram_client.get(page("again", batch.pk, sheet.pk)).status_code == 404


def test_both_typings_stand_side_by_side_in_words(bram_client, gerd_client, batch):
    bram_client.post(page("type", batch.pk), POSTED)
    sheet = Sheet.objects.get()
    bram_client.post(page("finish", batch.pk))
    gerd_client.post(
        page("again", batch.pk, sheet.pk), POSTED | {"q.overall": "2", "q.why": "Too long await"}
    )
    text = bram_client.get(page("settle", batch.pk, sheet.pk)).content.decode()
    for words in ["Good", "Bad", "Too long a wait", "Too long await"]:
        assert f'<b dir="auto">{words}</b>' in text
    assert "use.likely" not in text


def test_every_difference_has_to_be_decided(bram_client, gerd_client, batch):
    bram_client.post(page("type", batch.pk), POSTED)
    sheet = Sheet.objects.get()
    bram_client.post(page("finish", batch.pk))
    gerd_client.post(page("again", batch.pk, sheet.pk), POSTED | {"q.overall": "2", "q.likely": "1"})
    answer = bram_client.post(page("settle", batch.pk, sheet.pk), {"use.overall": "first"})
    sheet.refresh_from_db()
    assert sheet.settled is None
    assert 'value="first" checked' in answer.content.decode()
    bram_client.post(
        page("settle", batch.pk, sheet.pk), {"use.overall": "first", "use.likely": "other", "q.likely": "3"}
    )
    sheet.refresh_from_db()
    assert (sheet.settled["overall"], sheet.settled["likely"]) == (["4"], ["3"])


def test_a_stack_is_thrown_away_after_a_question(bram_client, batch):
    bram_client.post(page("type", batch.pk), POSTED)
    assert "1 typed sheet is deleted" in bram_client.get(page("discard", batch.pk)).content.decode()
    assert Sheet.objects.count() == 1
    bram_client.post(page("discard", batch.pk))
    assert (Sheet.objects.count(), Submission.objects.count()) == (0, 0)


# ---------- who may open what ----------

PAGES = ["batch", "type", "correct", "again", "settle", "discard", "finish", "confirm", "remove"]
WITH_SHEET = {"correct", "again", "settle", "remove"}


@pytest.mark.parametrize("name", PAGES)
def test_a_stack_of_another_unit_is_not_there(aino_client, bram_client, batch, name):
    bram_client.post(page("type", batch.pk), POSTED)
    sheet = Sheet.objects.get()
    address = page(name, *([batch.pk, sheet.pk] if name in WITH_SHEET else [batch.pk]))
    assert aino_client.get(address).status_code in {404, 405}
    assert aino_client.post(address, POSTED).status_code == 404
    batch.refresh_from_db()
    assert (batch.state, Sheet.objects.count()) == ("typing", 1)


def test_a_list_names_only_stacks_and_ways_in_of_the_own_units(aino_client, bram_client, batch):
    assert "Counter B" in bram_client.get(page("batches")).content.decode()
    text = aino_client.get(page("batches")).content.decode()
    assert "Counter B" not in text
    assert batch.collector.name not in text


def test_a_way_in_of_another_unit_takes_no_stack(aino_client, collector):
    assert aino_client.post(page("batches"), {"collector": collector.pk}).status_code == 404
    assert PaperBatch.objects.count() == 0


@pytest.mark.parametrize("who", ["dimitri_client", "elif__client"])
def test_administrators_and_viewers_type_nothing(request, batch, elif_, who):
    client = client_of(elif_) if who == "elif__client" else request.getfixturevalue(who)
    assert client.get(page("batches")).status_code == 403
    assert client.get(page("batch", batch.pk)).status_code == 403


def test_nobody_enters_without_signing_in(client, batch):
    assert client.get(page("batch", batch.pk)).status_code == 302


# ---------- queries ----------


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_stacks_needs_a_fixed_number_of_queries(
    bram, bram_client, collector, count, django_assert_num_queries
):
    for _ in range(count):
        made = paper_entry.start_batch(collector=collector, by=bram)
        paper_entry.type_sheet(batch=made, number="1", given={}, by=bram)
    bram_client.get(page("batches"))
    with django_assert_num_queries(12):
        bram_client.get(page("batches"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_stack_needs_a_fixed_number_of_queries(
    bram, bram_client, batch, count, django_assert_num_queries
):
    for number in range(count):
        paper_entry.type_sheet(batch=batch, number=str(number), given={}, by=bram)
    bram_client.get(page("batch", batch.pk))
    with django_assert_num_queries(11):
        bram_client.get(page("batch", batch.pk))
