import json
import logging
import re

import pytest
from django.test import Client

from cxportal.logs import JsonLines

pytestmark = pytest.mark.urls("tests.portal.breaking_urls")

ERRORS = [
    ("get", "suspicious/", 400, "We could not read that"),
    ("get", "denied/", 403, "This page is not open to you"),
    ("post", "form/", 403, "Please send the form again"),
    ("get", "nothing/", 404, "This page is not here"),
    ("get", "too-much/", 429, "Please wait one minute"),
    ("get", "breaks/", 500, "Something broke on our side"),
]
IN_FINNISH = {english: f"suomeksi {status}" for _, _, status, english in ERRORS}


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def heading(response) -> str:
    return re.search(r"<h1>(.*?)</h1>", response.content.decode())[1]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "title"), ERRORS)
def test_each_error_has_its_page(visitor, method, address, status, title):
    response = getattr(visitor, method)(f"/en/{address}")
    assert (response.status_code, heading(response)) == (status, title)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "title"), ERRORS)
def test_errors_speak_the_language_of_the_address(visitor, catalogues, method, address, status, title):
    catalogues(fi=IN_FINNISH)
    response = getattr(visitor, method)(f"/fi/{address}")
    assert (heading(response), response["Content-Language"]) == (f"suomeksi {status}", "fi")
    assert '<html lang="fi" dir="ltr">' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "title"), ERRORS)
def test_errors_in_arabic_run_from_the_right(visitor, catalogues, offer, method, address, status, title):
    catalogues(ar={title: "خطأ"})
    offer("en", "ar")
    response = getattr(visitor, method)(f"/ar/{address}")
    assert heading(response) == "خطأ"
    assert '<html lang="ar" dir="rtl">' in response.content.decode()


@pytest.mark.django_db
def test_without_a_language_in_the_address_the_browser_decides_among_the_offered_ones(visitor, offer):
    offer("sv", "fi")
    response = visitor.get("/nothing", headers={"accept-language": "ru,fi;q=0.5"})
    assert '<html lang="fi" dir="ltr">' in response.content.decode()
    assert response["Vary"] == "Accept-Language, Accept-Encoding"


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "title"), ERRORS)
def test_errors_give_nothing_away(visitor, method, address, status, title):
    page = getattr(visitor, method)(f"/en/{address}").content.decode()
    assert re.findall(r"Aino|insert|secret rule|unit B|Traceback|Django|CSRF|Exception|\.py", page) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "status", "title"), ERRORS)
def test_errors_set_no_cookie_for_members_of_staff_either(chiara_client, method, address, status, title):
    chiara_client.raise_request_exception = False
    chiara_client.handler.enforce_csrf_checks = True
    response = getattr(chiara_client, method)(f"/en/{address}")
    assert (response.status_code, dict(response.cookies), response["Cache-Control"]) == (
        status,
        {},
        "no-store",
    )


@pytest.mark.django_db
def test_the_language_menu_of_a_missing_page_leads_to_it_in_the_other_language(visitor):
    assert 'href="/fi/nothing/"' in visitor.get("/en/nothing/").content.decode()


@pytest.mark.django_db
def test_the_language_menu_after_a_post_leads_to_the_front_page(visitor):
    page = visitor.post("/en/form/").content.decode()
    assert ('href="/fi/"' in page, "/fi/form/" in page) == (True, False)


@pytest.mark.django_db
def test_a_host_that_is_not_ours_gets_the_page_for_what_cannot_be_read(visitor):
    response = visitor.get("/en/", headers={"host": "evil.example"})
    assert (response.status_code, heading(response)) == (400, "We could not read that")
    assert "evil.example" not in response.content.decode()


@pytest.mark.django_db
def test_members_of_staff_find_back_to_their_start_page(chiara_client):
    assert 'href="/en/admin/"' in chiara_client.get("/en/admin/organisation/unit/9/change/").content.decode()


@pytest.mark.django_db
def test_visitors_are_not_told_where_staff_work(visitor):
    assert "admin" not in visitor.get("/en/nothing/").content.decode()


@pytest.mark.django_db
def test_rooms_add_ways_out_of_a_missing_page(visitor, fill_slot):
    fill_slot("missing_page.ways", "<li>Use a receipt code</li>")
    assert "<li>Use a receipt code</li>" in visitor.get("/en/nothing/").content.decode()


@pytest.mark.django_db
def test_what_was_posted_too_often_is_kept_in_the_page_and_sent_again_from_there(visitor):
    posted = {"story": 'I said "no" <b>', "topic": ["waiting", "staff"]}
    response = visitor.post("/en/too-much/?from=a", posted)
    page = response.content.decode()
    assert response["Retry-After"] == "60"
    assert re.search(r'<form[^>]+method="post" action="([^"]+)"', page)[1] == "/en/too-much/?from=a"
    assert re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page) == [
        ("story", "I said &quot;no&quot; &lt;b&gt;"),
        ("topic", "waiting"),
        ("topic", "staff"),
    ]


@pytest.mark.django_db
def test_a_page_that_keeps_something_offers_no_language_that_would_lose_it(visitor):
    assert "hreflang" not in visitor.post("/en/too-much/", {"story": "x"}).content.decode()


@pytest.mark.django_db
def test_a_page_with_nothing_to_keep_has_no_form(visitor):
    assert "<form" not in visitor.get("/en/too-much/").content.decode()


def test_the_page_of_a_broken_server_needs_no_database(visitor):
    response = visitor.get("/ti/breaks/")  # this test has no access to one
    assert (response.status_code, heading(response)) == (
        500,
        '<span lang="en" dir="ltr">Something broke on our side</span>',
    )


def test_a_broken_server_that_remembers_nothing_speaks_the_language_of_the_browser(visitor):
    response = visitor.get("/breaks/", headers={"accept-language": "ar"})
    assert '<html lang="ar" dir="rtl">' in response.content.decode()


@pytest.mark.django_db
def test_a_broken_server_names_agency_and_languages_it_remembers(visitor, agency):
    visitor.get("/en/")
    page = visitor.get("/en/breaks/").content.decode()
    assert "<span>Service Agency</span>" in page
    assert 'href="/fi/breaks/"' in page


def test_the_code_on_the_page_stands_in_the_one_log_line(visitor, caplog):
    with caplog.at_level(logging.WARNING):
        page = visitor.get("/en/breaks/").content.decode()
    code = re.search(r"E-[0-9A-F]{4}-[0-9A-F]{2}", page)[0]
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert [(line["error_code"], line["exception"]) for line in lines] == [(code, "DatabaseError")]
    assert "Aino" not in json.dumps(lines)


def test_each_failure_has_its_own_code(visitor):
    codes = {re.search(r"E-\w{4}-\w{2}", visitor.get("/en/breaks/").content.decode())[0] for _ in range(5)}
    assert len(codes) > 1
