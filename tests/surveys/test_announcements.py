"""The public page of a wave, and declining there before anything is sent."""

import html
import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cxportal.dispatch.models import Suppression
from cxportal.organisation.models import Language
from surveys import abuse, announcing, declining, form_key, waves
from surveys.models import Announcement, Wave
from surveys.views import announcements
from tests.factories import CollectorFactory, MessageFactory, VersionFactory, WaveFactory
from tests.surveys.contents import content, digest_of, rating
from tests.surveys.declined import has_declined
from tests.surveys.respondent import Respondent, open_survey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents")]

ADDRESS = "aino@mail.example"
LIST = "/en/measurements/"


@pytest.fixture(autouse=True)
def _languages():
    for position, code in enumerate(["en", "ar"]):
        Language.objects.update_or_create(code=code, defaults={"is_offered": True, "position": position})


@pytest.fixture
def version():
    one = content([rating("overall")])
    return VersionFactory(content=one, digest=digest_of(one))


@pytest.fixture
def wave(version, chiara):
    wave = WaveFactory(
        version=version,
        code="service_2026",
        name="For staff only",
        languages=["en", "ar"],
        opens_at=datetime(2030, 3, 1, 12, tzinfo=UTC),
        closes_at=datetime(2030, 4, 30, 12, tzinfo=UTC),
    )
    announcing.announce(wave=wave, is_public=True, who={"en": "400 people drawn by <chance>."}, by=chiara)
    return wave


def at(wave: Wave, language: str = "en") -> str:
    return f"/{language}/measurements/{wave.code}/"


def shown(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def send(client: Client, wave: Wave, address: str, language: str = "en", **more):
    page = client.get(at(wave, language)).content.decode()
    key = re.search(r'name="key" value="([^"]*)"', page)
    fields = {"address": address, "website": "", "key": key[1] if key else ""}
    return client.post(at(wave, language), fields | more)


# ---------- the page ----------


def test_the_page_tells_who_why_when_and_in_which_languages(client, wave):
    page = shown(client, at(wave))
    told = ["Your visit", "You came to see us.", "400 people drawn by <chance>.", "No name, no case number."]
    told += ["It will run from 1 March 2030 to 30 April 2030.", "English", "العربية", "Do not ask me"]
    assert [words for words in told if words not in page] == []
    assert "For staff only" not in page


def test_markup_of_the_agency_is_shown_as_text(client, wave):
    assert "drawn by &lt;chance&gt;" in client.get(at(wave)).content.decode()


def test_a_page_that_is_not_shown_does_not_exist(client, wave, chiara):
    announcing.announce(wave=wave, is_public=False, who={}, by=chiara)
    assert client.get(at(wave)).status_code == 404
    assert client.post(at(wave), {"address": ADDRESS}).status_code == 404


def test_a_wave_that_nobody_announced_has_no_page(client, version):
    assert client.get(at(WaveFactory(version=version))).status_code == 404


def test_the_page_has_no_cookie_no_script_and_is_not_kept(client, wave):
    response = client.get(at(wave))
    assert (response.cookies.output(), "<script" in response.content.decode()) == ("", False)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_text_that_falls_back_says_its_language(client, wave):
    page = client.get(at(wave, "ar")).content.decode()
    assert re.search('<p lang="en" dir="ltr">(<span lang="en" dir="ltr">)?400 people', page)
    assert "<h1>زيارتك</h1>" in page


@pytest.mark.parametrize(
    ("privacy", "kind", "promise"),
    [
        ("anonymous", "tickets", "No name, no case number."),
        ("confidential", "tickets", "under a secret number, not your name"),
        ("confidential", "link", "without a secret number"),
    ],
)
def test_the_promise_is_that_of_the_wave(client, wave, privacy, kind, promise):
    Wave.objects.filter(pk=wave.pk).update(privacy=privacy)
    CollectorFactory(wave=wave, kind=kind)
    assert promise in shown(client, at(wave))


@pytest.mark.parametrize(
    ("state", "when", "may_decline"),
    [
        ("open", "It runs until 30 April 2030.", True),
        ("paused", "It is paused at the moment.", True),
        ("closed", "It ended on 30 April 2030.", False),
    ],
)
def test_the_page_says_how_far_the_measurement_is(client, wave, state, when, may_decline):
    Wave.objects.filter(pk=wave.pk).update(state=state, privacy_frozen_at=wave.opens_at)
    page = shown(client, at(wave))
    assert (when in page, "Do not ask me" in page) == (True, may_decline)


# ---------- the list ----------


def test_the_list_names_what_is_to_come_and_under_way(client, wave, version, chiara):
    over = WaveFactory(version=version, code="over", state="closed", privacy_frozen_at=wave.opens_at)
    hidden = WaveFactory(version=version, code="hidden")
    announcing.announce(wave=over, is_public=True, who={"en": "Over"}, by=chiara)
    announcing.announce(wave=hidden, is_public=False, who={"en": "Hidden"}, by=chiara)
    assert re.findall(r'href="(/en/measurements/\w+/)"', shown(client, LIST)) == [at(wave)]


def test_the_front_page_names_them_too(client, wave):
    assert f'href="{at(wave)}"' in shown(client, "/en/")


def test_an_empty_list_says_so(client):
    assert "No measurement is announced at the moment." in shown(client, LIST)


@pytest.mark.parametrize("announced", [1, 3])
def test_the_list_needs_a_fixed_number_of_queries(
    client, version, chiara, announced, django_assert_num_queries
):
    for _number in range(announced):
        wave = WaveFactory(version=None, survey=version.survey)
        announcing.announce(wave=wave, is_public=True, who={"en": "All"}, by=chiara)
    with django_assert_num_queries(4):  # languages, agency, waves, versions
        client.get(LIST)


def test_the_next_wave_of_a_continuous_survey_is_announced_too(wave):
    CollectorFactory(wave=wave)
    wave.repeat = "monthly"
    wave.save()
    following = waves.wave_after(wave)
    copied = Announcement.objects.get(wave=following)
    assert (copied.is_public, copied.who_en) == (True, "400 people drawn by <chance>.")


# ---------- declining ----------


def test_whoever_declines_is_not_asked_in_this_wave(client, wave):
    page = html.unescape(send(client, wave, ADDRESS).content.decode())
    assert "Thank you. We have noted it." in page
    assert has_declined(wave, ADDRESS)


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(wave):
    MessageFactory(address="known@mail.example", unsubscribe_scope="panel:1")
    pages = [
        send(Client(), wave, address).content for address in ("known@mail.example", "unknown@mail.example")
    ]
    assert pages[0] == pages[1]


def test_the_page_of_thanks_does_not_repeat_the_address(client, wave):
    assert ADDRESS not in send(client, wave, ADDRESS).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write an e-mail address or a phone number."),
        ("aino@", "This is no complete e-mail address."),
        ("040 123 4567", "with a plus and the code of the country"),
        ("\0", "Write an e-mail address or a phone number."),
        ("<b>x</b>", "with a plus and the code of the country"),
        ("a" * 5000 + "@mail.example", "with a plus and the code of the country"),
    ],
)
def test_what_cannot_be_an_address_is_asked_for_again(client, wave, typed, said):
    response = send(client, wave, typed)
    page = html.unescape(response.content.decode())
    assert (response.status_code, said in page, "Error:" in page) == (200, True, True)
    assert not Suppression.objects.exists()


def test_what_was_typed_stays_in_its_box(client, wave):
    assert 'value="040 123 &lt;4567"' in send(client, wave, "040 123 <4567").content.decode()


@pytest.mark.parametrize("more", [{"key": ""}, {"key": "forged"}, {"website": "http://spam.example"}])
def test_a_robot_is_asked_to_press_again(client, wave, more):
    page = html.unescape(send(client, wave, ADDRESS, **more).content.decode())
    assert "Please press the button once more." in page
    assert not Suppression.objects.exists()


def test_the_number_of_one_form_does_not_fit_another_wave(client, wave, version):
    key = form_key.issue(version.digest, f"decline:{wave.pk + 1}").text
    send(client, wave, ADDRESS, key=key)
    assert not Suppression.objects.exists()


def test_declining_twice_is_declining_once(client, wave):
    for _time in range(2):
        send(client, wave, ADDRESS)
    assert Suppression.objects.count() == 1


def test_one_network_cannot_take_everybody_off_the_list(client, wave):
    with time_machine.travel(timezone.now(), tick=False):
        codes = [send(client, wave, f"person{number}@mail.example").status_code for number in range(9)]
    assert codes == [200] * 6 + [429] * 3
    assert Suppression.objects.count() == 6


def test_many_networks_together_are_held_up_too(wave):
    taken = [
        abuse.may_send_form("one wave", f"10.0.{n // 250}.{n % 250}", announcements.DECLINED, now=1_000_020)
        for n in range(300)
    ]
    assert taken.count(True) == announcements.DECLINED.all_a_minute


def test_declining_leaves_room_for_answers(wave):
    way = open_survey(content([rating("overall")]))
    for number in range(9):
        send(Client(), wave, f"person{number}@mail.example")
    respondent = Respondent(f"/en/s/{way.address}/").open().press(overall="4")
    assert respondent.title.startswith("Thank you")


def test_a_closed_measurement_takes_nothing(client, wave):
    key = form_key.issue(wave.version.digest, f"decline:{wave.pk}").text
    Wave.objects.filter(pk=wave.pk).update(state="closed", privacy_frozen_at=wave.opens_at)
    page = html.unescape(client.post(at(wave), {"address": ADDRESS, "key": key}).content.decode())
    assert ("It ended on" in page, Suppression.objects.exists()) == (True, False)


def test_nothing_of_it_is_logged(client, wave, caplog):
    send(client, wave, ADDRESS)
    send(client, wave, "aino@")
    client.get("/en/measurements/unknown/")
    assert [record for record in caplog.records if "aino" in record.getMessage()] == []
    assert "127.0.0.1" not in caplog.text


# ---------- the CX team ----------


def form_of(wave: Wave) -> str:
    return reverse("admin:surveys_wave_announcement", args=[wave.pk])


def test_the_cx_team_switches_the_page_on(chiara_client, version, client):
    wave = WaveFactory(version=version, languages=["en", "ar"])
    chiara_client.post(form_of(wave), {"is_public": "on", "who-en": "Everybody", "who-ar": "الجميع"})
    assert "الجميع" in shown(client, at(wave, "ar"))


def test_a_page_without_a_word_on_who_is_asked_is_not_shown(chiara_client, version):
    wave = WaveFactory(version=version, languages=["en"])
    answer = chiara_client.post(form_of(wave), {"is_public": "on", "who-en": " "})
    assert "Say who is asked" in answer.content.decode()
    assert not Announcement.objects.exists()


def test_the_cx_team_sees_how_many_declined_and_never_who(chiara_client, wave):
    declining.decline(wave=wave, address=ADDRESS)
    page = chiara_client.get(form_of(wave)).content.decode()
    assert "<dt>Declined</dt><dd>1</dd>" in page
    assert Suppression.objects.get().address_hash not in page


def test_a_manager_reads_the_form_and_changes_nothing(aino_client, wave, unit_a):
    Wave.objects.filter(pk=wave.pk).update(unit=unit_a)
    found = [aino_client.get(form_of(wave)), aino_client.post(form_of(wave), {"who-en": "Nobody"})]
    assert [answer.status_code for answer in found] == [200, 403]
    assert 'name="who-en"' not in found[0].content.decode()


def test_a_wave_out_of_scope_is_not_found(aino_client, bram_client, wave, unit_b):
    Wave.objects.filter(pk=wave.pk).update(unit=unit_b)
    assert aino_client.get(form_of(wave)).status_code == 404
    assert bram_client.get(form_of(wave)).status_code in {403, 404}
