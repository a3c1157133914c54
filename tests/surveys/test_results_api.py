"""Other systems read results by a key: the same figures, the same small groups, no more than the unit of the key."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from cxportal.keys.api_keys import new_key
from surveys import abuse, api, publications
from surveys.models import ApiClient
from surveys.publication_making import make
from tests.factories import ApiClientFactory, CollectorFactory, IndicatorFactory, UnitFactory, WaveFactory
from tests.surveys.contents import content, rating
from tests.surveys.counted import opened
from tests.surveys.results import fill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    abuse.forget()


@pytest.fixture
def wave(chiara, agency_unit, unit_a, unit_b):
    """Of the agency: 20 answers at counter A, 30 at B, 4 at C, 12 at D."""
    wave = opened(
        chiara,
        content([rating("overall")]),
        code="w1",
        indicators={"mood": {"questions": ["overall"], "name": "Mood"}},
        breakdowns=["unit", "language"],
    )
    type(wave).objects.filter(pk=wave.pk).update(unit=agency_unit)
    wave.refresh_from_db()
    units = [unit_a, unit_b, *(UnitFactory(code=code, parent=agency_unit) for code in "CD")]
    for unit, value, n in zip(units, "4532", (20, 30, 4, 12), strict=True):
        fill(CollectorFactory(wave=wave, unit=unit), [("fi", {"overall": value})] * n)
    make(wave=wave)
    return wave


@pytest.fixture
def read(client):
    """Reads as a system of this unit; None: of the whole agency."""

    def read(path, unit=None, key=None):
        if key is None:
            made = new_key()
            ApiClientFactory(unit=unit, key_hash=made.hash)
            key = made.key
        return client.get(path, headers={"Authorization": f"Bearer {key}"} if key else {})

    return read


def published(answer) -> dict:
    assert answer.status_code == 200
    return json.loads(b"".join(answer.streaming_content))


LATEST = "/api/waves/w1/publications/latest/"


@pytest.mark.parametrize("key", ["", "wrong"])
@pytest.mark.parametrize(
    "path", ["/api/waves/", "/api/waves/w1/", "/api/indicators/", LATEST, "/api/indicators/s/mood/"]
)
def test_without_a_known_key_nothing_is_told(read, wave, path, key):
    assert read(path, key=key).status_code == 401


def test_a_system_out_of_use_is_refused(read, wave):
    made = new_key()
    ApiClientFactory(key_hash=made.hash, is_active=False)
    assert read("/api/waves/", key=made.key).status_code == 401


def test_nothing_is_written_by_it(client, read, wave):
    made = new_key()
    ApiClientFactory(key_hash=made.hash)
    headers = {"Authorization": f"Bearer {made.key}"}
    assert [
        getattr(client, verb)("/api/waves/w1/", headers=headers).status_code for verb in ("post", "delete")
    ] == [
        405,
        405,
    ]


def test_waves_are_told_with_their_current_publication(read, wave):
    (told,) = read("/api/waves/").json()["results"]
    assert (told["code"], told["state"], told["publication"], told["unit"]) == ("w1", "open", 1, "agency")
    assert told["title"] == {"en": "Your visit", "ar": "زيارتك"}


def test_drafts_are_not_told(read):
    WaveFactory(code="draft")
    assert read("/api/waves/").json()["results"] == []
    assert read("/api/waves/draft/").status_code == 404


def test_a_publication_is_the_same_as_in_every_file(read, wave, chiara):
    told = published(read(LATEST))
    results = publications.latest(wave, chiara)
    assert told["everybody"] == results.publication.content["everybody"]
    assert told["breakdowns"] == dict(results.stored())


def test_small_groups_are_hidden_in_it(read, wave):
    cells = published(read(LATEST))["breakdowns"]["unit"]
    assert (cells["A"]["n"], cells["C"]["n"], cells["C"]["reason"]) == (20, None, "small_group")


def test_a_key_of_a_unit_reads_its_figures_and_the_whole_of_units_above(read, wave, unit_a):
    cells = published(read(LATEST, unit=unit_a))["breakdowns"]["unit"]
    assert sorted(cells) == ["A", "agency"]


def test_waves_of_other_units_are_as_unknown_as_those_that_never_were(read, unit_a, unit_b, chiara):
    wave = opened(chiara, content([rating("overall")]), code="of-b")
    type(wave).objects.filter(pk=wave.pk).update(unit=unit_b)
    fill(wave.collectors.select_related("wave").get(), [("fi", {"overall": "4"})] * 12)
    make(wave=wave)
    paths = ["", "publications/", "publications/latest/", "publications/1/"]
    codes = {
        name: [read(f"/api/waves/{name}/{path}", unit=unit_a).status_code for path in paths]
        for name in ("of-b", "never")
    }
    assert codes == {"of-b": [404] * 4, "never": [404] * 4}
    assert [read(f"/api/waves/of-b/{path}", unit=unit_b).status_code for path in paths] == [200] * 4


def test_publications_are_listed_and_read_by_number(read, wave):
    (told,) = read("/api/waves/w1/publications/").json()["results"]
    assert (told["number"], told["is_current"], told["is_public"]) == (1, True, False)
    assert published(read("/api/waves/w1/publications/1/"))["publication"] == 1
    assert read("/api/waves/w1/publications/2/").status_code == 404


def test_indicators_are_told_with_their_questions(read, wave):
    (told,) = read("/api/indicators/").json()["results"]
    assert (told["code"], told["questions"], told["name"]) == ("mood", ["overall"], {"en": "Mood"})


def values(read, wave, query="", **more):
    return read(f"/api/indicators/{wave.survey.code}/mood/{query}", **more)


def test_an_indicator_has_a_value_with_its_interval_for_each_wave(read, wave):
    (told,) = values(read, wave).json()
    assert (told["wave"], told["n"], told["estimate"]["n"]) == ("w1", 66, 66)
    assert told["estimate"]["low"] < told["estimate"]["value"] < told["estimate"]["high"]


def test_the_value_of_a_small_group_is_hidden_with_its_reason(read, wave):
    (told,) = values(read, wave, "?breakdown=unit&cell=C").json()
    assert (told["n"], told["estimate"], told["reason"]) == (None, None, "small_group")


def test_the_value_of_another_unit_is_not_found(read, wave, unit_a):
    assert values(read, wave, "?breakdown=unit&cell=B", unit=unit_a).status_code == 404
    assert values(read, wave, "?breakdown=unit&cell=A", unit=unit_a).status_code == 200


@pytest.mark.parametrize("query", ["?breakdown=unit", "?cell=A", "?breakdown=unit×language&cell=A"])
def test_half_a_place_is_refused(read, wave, query):
    assert values(read, wave, query).status_code == 400


def test_indicators_of_other_units_are_not_told(read, unit_a, unit_b):
    IndicatorFactory(survey__unit=unit_b, code="theirs")
    IndicatorFactory(survey__unit=unit_a, code="ours")
    assert [one["code"] for one in read("/api/indicators/", unit=unit_a).json()["results"]] == ["ours"]


def test_somebody_who_asks_too_often_waits(read, wave, monkeypatch):
    monkeypatch.setattr(api, "OFTEN", api.OFTEN._replace(one_address_a_minute=2))
    made = new_key()
    ApiClientFactory(key_hash=made.hash)
    assert [read("/api/waves/", key=made.key).status_code for _each in range(3)] == [200, 200, 429]


def test_that_a_key_was_used_is_noted_by_day(read, wave):
    read("/api/waves/")
    assert ApiClient.objects.get().last_used_on is not None


def test_the_schema_is_open_to_everybody_and_names_every_address(client):
    answer = client.get("/api/schema/")
    assert sorted(json.loads(answer.content)["paths"]) == [
        "/api/actions/",
        "/api/indicators/",
        "/api/indicators/{survey}/{code}/",
        "/api/waves/",
        "/api/waves/{code}/",
        "/api/waves/{code}/publications/",
        "/api/waves/{code}/publications/{number}/",
    ]


def test_a_key_is_made_in_the_admin_shown_once_and_kept_as_a_hash(chiara_client, read):
    made = chiara_client.post(
        reverse("admin:surveys_apiclient_add"), {"name": "Board", "unit": "", "is_active": "on"}, follow=True
    ).content.decode()
    key = made.partition("<code>")[2].partition("</code>")[0]
    kept = ApiClient.objects.get()
    assert len(key) >= 43
    assert key not in str(ApiClient.objects.values().get())
    assert (
        key
        not in chiara_client.get(reverse("admin:surveys_apiclient_change", args=[kept.pk])).content.decode()
    )
    assert read("/api/waves/", key=key).status_code == 200


def test_lists_need_no_more_queries_for_many_waves(read, wave, chiara, django_assert_max_num_queries):
    for number in range(5):
        WaveFactory(
            code=f"more{number}",
            survey=wave.survey,
            version=wave.version,
            state="open",
            privacy_frozen_at=wave.privacy_frozen_at,
            opens_at=wave.opens_at and wave.opens_at + timedelta(days=number),
        )
    with django_assert_max_num_queries(10):
        assert read("/api/waves/").json()["count"] == 6
