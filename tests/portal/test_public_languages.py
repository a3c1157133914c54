import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("ar,en;q=0.8", "/ar/"),
        ("ru,sv;q=0.8", "/sv/"),
        ("sv-FI", "/sv/"),
        ("fa-AF,en;q=0.5", "/prs/"),
        ("zh-Hans-CN", "/zh-hans/"),
        ("nn-NO", "/nb/"),
        ("sv;q=0", "/fi/"),
        ("de", "/fi/"),
        ("", "/fi/"),
        (",;=", "/fi/"),
    ],
)
def test_the_front_door_leads_to_the_language_of_the_browser(client, offer, catalogues, wanted, address):
    catalogues(prs={"Begin": "شروع"})
    offer("fi", "sv", "en", "ar", "prs", "zh-hans", "nb")
    response = client.get("/", headers={"accept-language": wanted})
    assert (response.status_code, response["Location"], response["Vary"]) == (302, address, "Accept-Language")


def test_a_language_that_is_not_offered_leads_to_the_same_page_in_one_that_is(client, offer):
    offer("fi", "sv")
    response = client.get("/ru/privacy/?x=1", headers={"accept-language": "ru,sv"})
    assert (response.status_code, response["Location"], response["Vary"]) == (
        302,
        "/sv/privacy/?x=1",
        "Accept-Language",
    )


def test_staff_pages_work_in_languages_that_are_not_offered(chiara_client, offer):
    offer("fi")
    assert chiara_client.get("/en/admin/").status_code == 200


def test_an_offered_language_without_a_catalogue_is_not_linked_to(client, offer, catalogues):
    catalogues()
    offer("fi", "ti")
    assert "/ti/" not in client.get("/fi/").content.decode()


def test_an_offered_language_works_as_soon_as_it_has_a_catalogue(client, offer, catalogues):
    catalogues(ti={"Begin": "ጀምር"})
    offer("fi", "ti")
    assert '<html lang="ti" dir="ltr">' in client.get("/ti/").content.decode()


def test_search_engines_find_the_front_page_and_the_statements_only(client, offer):
    offer("fi", "ar")
    assert client.get("/robots.txt").content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /",
        "Allow: /$",
        "Allow: /static/cx/",
        "Allow: /fi/$",
        "Allow: /fi/privacy/$",
        "Allow: /fi/accessibility/$",
        "Allow: /fi/contact/$",
        "Allow: /ar/$",
        "Allow: /ar/privacy/$",
        "Allow: /ar/accessibility/$",
        "Allow: /ar/contact/$",
    ]
