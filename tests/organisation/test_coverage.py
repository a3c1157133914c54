import os

import polib
import pytest
from django.urls import reverse

from cxportal.languages import LANGUAGES
from cxportal.organisation import coverage
from cxportal.organisation.coverage import (
    Counts,
    State,
    coverage_of,
    is_for_respondents,
    mark_as_read,
    overview,
    texts,
)
from cxportal.organisation.models import Stage, TextReading
from cxportal.organisation.texts import reading_digest
from tests.factories import ServiceFactory, TopicFactory, UnitFactory

pytestmark = pytest.mark.django_db

PUBLIC = "cxportal/portal/templates/public/front.html"
STAFF = "cxportal/portal/templates/admin/index.html"


@pytest.fixture(autouse=True)
def _no_other_content():
    Stage.objects.all().delete()


@pytest.fixture
def catalogue(tmp_path, settings):
    settings.LOCALE_PATHS = [tmp_path]

    def write(language, *entries):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        file = polib.POFile()
        file.metadata = {"Content-Type": "text/plain; charset=utf-8"}
        for msgid, msgstr, *rest in entries:
            file.append(
                polib.POEntry(msgid=msgid, msgstr=msgstr, occurrences=[(rest[0] if rest else PUBLIC, "")])
            )
        file.save(str(folder / "django.po"))
        return folder / "django.po"

    return write


def states(language, **filters) -> dict[str, str]:
    return {text.source.text: text.state.value for text in texts(language)}


def test_strings_of_the_interface_are_read_unread_or_missing(catalogue, chiara):
    catalogue("fi", ("Hello", "Hei"), ("Thanks", "Kiitos"), ("Bye", ""))
    TextReading.objects.create(language="fi", digest=reading_digest("Hello", "Hei"), read_by=chiara)
    assert states("fi") == {"Hello": "read", "Thanks": "unread", "Bye": "missing"}
    assert coverage_of("fi").interface == Counts(read=1, unread=1, missing=1)


def test_strings_for_staff_do_not_count(catalogue):
    catalogue("fi", ("Hello", "Hei"), ("Change list", "Muutosluettelo", STAFF))
    assert list(states("fi")) == ["Hello"]


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        (PUBLIC, True),
        ("surveys/templates/surveys/questions/grid.html", True),
        ("cxportal/dispatch/templates/dispatch/unsubscribe.html", True),
        ("cxportal/dispatch/templates/dispatch/mail/base.html", True),
        ("cxportal/portal/views/public.py", True),
        (STAFF, False),
        ("surveys/templates/admin/surveys/survey/change_form.html", False),
        ("cxportal/dispatch/templates/dispatch/staff/overview.html", False),
        ("cxportal/dispatch/templates/dispatch/mail/account.password_reset.html", False),
        ("cxportal/organisation/models/units.py", False),
    ],
)
def test_the_path_tells_who_reads_a_string(path, counts):
    assert is_for_respondents(path) is counts


def test_a_fuzzy_translation_is_missing_because_it_is_not_shown(catalogue):
    file = catalogue("fi", ("Hello", "Hei"))
    content = polib.pofile(str(file))
    content[0].flags.append("fuzzy")
    content.save()
    assert states("fi") == {"Hello": "missing"}


def test_a_plural_of_which_one_form_is_missing_is_missing(catalogue):
    file = catalogue("fi", ("Hello", "Hei"))
    content = polib.pofile(str(file))
    content.append(
        polib.POEntry(
            msgid="one", msgid_plural="many", msgstr_plural={0: "yksi", 1: ""}, occurrences=[(PUBLIC, "")]
        )
    )
    content.save()
    assert states("fi") == {"Hello": "unread", "one\nmany": "missing"}


def test_a_language_without_a_catalogue_lacks_every_string(catalogue):
    catalogue("fi", ("Hello", "Hei"))
    assert states("so") == {"Hello": "missing"}


def test_without_any_catalogue_there_is_nothing_to_read(catalogue):
    assert coverage_of("fi") == coverage.Coverage("fi")


def test_a_changed_catalogue_is_read_anew(catalogue):
    file = catalogue("fi", ("Hello", ""))
    assert states("fi") == {"Hello": "missing"}
    catalogue("fi", ("Hello", "Hei"))
    os.utime(file, (1, 1))
    assert states("fi") == {"Hello": "unread"}


def test_strings_of_the_source_language_are_read(catalogue):
    catalogue("fi", ("Hello", "Hei"))
    assert coverage_of("en").interface == Counts(read=1)


def test_names_count_where_respondents_meet_them(catalogue):
    ServiceFactory(name_en="Permit", name_fi="Lupa")
    TopicFactory(name_en="Waiting", name_fi="")
    UnitFactory(name_en="Desk", name_fi="Tiski", is_active=False)
    assert states("fi") == {"Permit": "unread", "Waiting": "missing"}


def test_the_original_is_read_whatever_its_language(catalogue):
    UnitFactory(name=None, name_en=None, name_fr="Préfecture")
    assert (states("fr"), states("fi")) == ({"Préfecture": "read"}, {"Préfecture": "missing"})


def test_a_reading_ends_when_the_translation_or_its_source_changes(catalogue, chiara):
    service = ServiceFactory(name_en="Permit", name_fi="Lupa")
    mark_as_read(language="fi", digests=[reading_digest("Permit", "Lupa")], by=chiara)
    assert states("fi") == {"Permit": "read"}
    service.name_en = "Work permit"
    service.save()
    assert states("fi") == {"Work permit": "unread"}


def test_a_reading_keeps_who_and_when(catalogue, chiara, time_machine_now):
    ServiceFactory(name_en="Permit", name_fi="Lupa")
    assert mark_as_read(language="fi", digests=[reading_digest("Permit", "Lupa")], by=chiara) == 1
    reading = TextReading.objects.get()
    assert (reading.read_by, reading.language, reading.read_at) == (chiara, "fi", time_machine_now)


def test_a_wording_that_is_not_shown_cannot_be_marked(catalogue, chiara):
    ServiceFactory(name_en="Permit", name_fi="Lupa")
    digests = [reading_digest("Permit", "Kielto"), "x", reading_digest("Permit", "")]
    assert (mark_as_read(language="fi", digests=digests, by=chiara), TextReading.objects.count()) == (0, 0)


def test_marking_twice_keeps_the_first_reader(catalogue, chiara, dimitri):
    ServiceFactory(name_en="Permit", name_fi="Lupa")
    digests = [reading_digest("Permit", "Lupa")]
    mark_as_read(language="fi", digests=digests, by=chiara)
    mark_as_read(language="fi", digests=digests, by=dimitri)
    assert TextReading.objects.get().read_by == chiara


@pytest.mark.parametrize("services", [1, 3])
def test_the_overview_needs_one_query_for_each_kind_of_content(
    catalogue, services, django_assert_num_queries
):
    ServiceFactory.create_batch(services)
    with django_assert_num_queries(1 + len(coverage._contents)):
        overview(LANGUAGES)


# ---------- the pages ----------


def page_of(client, query="") -> str:
    return client.get(reverse("admin:organisation_language_texts", args=["fi"]) + query).content.decode()


def test_the_overview_shows_every_language_with_its_counts(catalogue, chiara_client):
    catalogue("fi", ("Hello", "Hei"), ("Bye", ""))
    answer = chiara_client.get(reverse("admin:organisation_languages"))
    assert [entry.language.code for entry in answer.context["languages"]] == [
        *("en", "fi", "sv"),
        *("ar", "ru", "uk", "so", "fa", "fr", "nl"),
    ]
    assert len(answer.context["others"]) == len(LANGUAGES) - 10
    assert "0 read, 1 unread, 1 missing" in answer.content.decode()


@pytest.mark.parametrize("name", ["organisation_languages", "organisation_language_texts"])
def test_only_the_cx_team_reads_translations(name, chiara_client, dimitri_client, aino_client, elif_client):
    address = reverse(f"admin:{name}", args=["fi"] if "texts" in name else [])
    clients = [chiara_client, dimitri_client, aino_client, elif_client]
    assert [client.get(address).status_code for client in clients] == [200, 403, 403, 403]


def test_nobody_else_marks_a_text(catalogue, dimitri_client):
    ServiceFactory(name_en="Permit", name_fi="Lupa")
    address = reverse("admin:organisation_language_read", args=["fi"])
    answer = dimitri_client.post(address, {"digest": reading_digest("Permit", "Lupa")})
    assert (answer.status_code, TextReading.objects.count()) == (403, 0)


def test_texts_are_shown_in_their_own_language_and_direction(catalogue, chiara_client):
    catalogue("ar", ("Hello", "أهلا"))
    page = chiara_client.get(reverse("admin:organisation_language_texts", args=["ar"])).content.decode()
    assert '<span lang="ar" dir="rtl">أهلا</span>' in page
    assert '<span lang="en" dir="ltr">Hello</span>' in page


def test_texts_are_escaped(catalogue, chiara_client):
    ServiceFactory(name_en="<script>x</script>", name_fi="<b>Lupa</b>")
    page = page_of(chiara_client)
    assert "&lt;b&gt;Lupa&lt;/b&gt;" in page
    assert "<b>Lupa" not in page
    assert "<script>x" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Hello", "Bye", "Permit"}),
        ("?state=missing", {"Bye"}),
        ("?state=unread", {"Hello", "Permit"}),
        ("?part=content", {"Permit"}),
        ("?part=interface&state=unread", {"Hello"}),
    ],
)
def test_texts_are_filtered(catalogue, chiara_client, query, shown):
    catalogue("fi", ("Hello", "Hei"), ("Bye", ""))
    ServiceFactory(name_en="Permit", name_fi="Lupa")
    answer = chiara_client.get(reverse("admin:organisation_language_texts", args=["fi"]) + query)
    assert {text.source.text for text in answer.context["page"]} == shown


def test_one_text_is_marked(catalogue, chiara, chiara_client):
    catalogue("fi", ("Hello", "Hei"), ("Bye", "Hei hei"))
    address = reverse("admin:organisation_language_read", args=["fi"])
    digests = [reading_digest("Hello", "Hei"), reading_digest("Bye", "Hei hei")]
    answer = chiara_client.post(
        address, {"digest": digests[0], "shown": digests, "state": "unread", "part": ""}
    )
    assert states("fi") == {"Hello": "read", "Bye": "unread"}
    assert answer["Location"] == reverse("admin:organisation_language_texts", args=["fi"]) + "?state=unread"


def test_all_that_is_shown_is_marked(catalogue, chiara_client):
    catalogue("fi", ("Hello", "Hei"), ("Bye", "Hei hei"))
    address = reverse("admin:organisation_language_read", args=["fi"])
    chiara_client.post(address, {"shown": [reading_digest("Hello", "Hei"), reading_digest("Bye", "Hei hei")]})
    assert states("fi") == {"Hello": "read", "Bye": "read"}


def test_the_way_back_takes_only_our_own_words(catalogue, chiara_client):
    address = reverse("admin:organisation_language_read", args=["fi"])
    answer = chiara_client.post(address, {"state": "x&next=//evil", "part": "content"})
    assert answer["Location"].endswith("/coverage/fi/?part=content")


def test_a_language_that_is_not_known_is_not_found(chiara_client):
    assert chiara_client.get(reverse("admin:organisation_language_texts", args=["xx"])).status_code == 404


def test_states_have_words():
    assert [str(state.label) for state in State] == ["missing", "unread", "read by a person"]
