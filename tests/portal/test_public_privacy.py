"""No cookie, no session, no referrer on any page for the public, whoever looks at it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from cxportal.public import public_page

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "/",
    "/robots.txt",
    "/en/",
    "/en/privacy/",
    "/en/accessibility/",
    "/en/contact/",
    "/ru/",
    "/en/nothing/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_cookie_is_set_and_none_is_asked_for(client, address):
    response = client.get(address)
    assert dict(response.cookies) == {}
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_cookie_of_a_member_of_staff_is_neither_read_nor_renewed(chiara_client, address):
    assert set(chiara_client.cookies) == {"cx_session"}
    response = chiara_client.get(address)
    assert dict(response.cookies) == {}
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("address", ["/", "/en/", "/en/contact/", "/ru/", "/en/nothing/"])
def test_pages_send_no_referrer_on(client, address):
    assert client.get(address)["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(("address", "kept"), [("/en/", "public, max-age=60"), ("/en/nothing/", "no-store")])
def test_caches_may_keep_pages_but_not_errors(client, address, kept):
    assert client.get(address)["Cache-Control"] == kept


def test_a_view_for_the_public_does_not_meet_the_signed_in_person(rf: RequestFactory, chiara):
    request = rf.get("/en/")
    request.session, request.user = {"secret": 1}, chiara
    met = {}

    @public_page
    def view(request):
        met.update(user=type(request.user), has_session=hasattr(request, "session"))
        return HttpResponse()

    view(request)
    assert met == {"user": AnonymousUser, "has_session": False}


def test_what_is_posted_in_a_language_no_longer_offered_is_still_taken(rf, offer):
    offer("fi")
    taken = public_page(lambda request: HttpResponse("taken"))(rf.post("/en/story/"))
    assert taken.content == b"taken"
