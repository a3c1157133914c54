import pytest
import time_machine

from cxportal.portal.models import PublicPage
from cxportal.portal.public_pages import html_of

pytestmark = pytest.mark.django_db


def write(key: str, **texts: str) -> None:
    page = PublicPage.objects.get(key=key)
    for field, text in texts.items():
        setattr(page, field, text)
    page.save()


def heading(response) -> str:
    return response.content.decode().partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.parametrize(
    ("key", "title", "sentence"),
    [
        ("privacy", "Your privacy", "The public pages set no cookies."),
        ("accessibility", "Accessibility statement", "(WCAG) 2.2, level AA"),
        ("contact", "Contact", "Our contact details are not here yet."),
    ],
)
def test_a_page_nobody_has_written_shows_the_shipped_text(client, key, title, sentence):
    response = client.get(f"/en/{key}/")
    assert heading(response) == title
    assert sentence in response.content.decode()


@pytest.mark.parametrize("key", ["privacy", "accessibility", "contact"])
def test_the_shipped_texts_say_how_to_reach_the_agency(client, agency, key):
    page = client.get(f"/en/{key}/").content.decode()
    assert 'href="mailto:cx@agency.example"' in page
    assert 'href="tel:+358290000000"' in page


def test_the_page_works_before_its_row_exists(client):
    PublicPage.objects.all().delete()
    assert heading(client.get("/en/privacy/")) == "Your privacy"


def test_the_text_of_the_agency_takes_the_place_of_the_shipped_one(client):
    with time_machine.travel("2027-03-04 12:00Z", tick=False):
        write("privacy", title_en="How we treat data", body_en="We keep *little*.")
        page = client.get("/en/privacy/").content.decode()
    assert "<title>How we treat data</title>" in page
    assert '<div class="card prose" lang="en" dir="ltr"><p>We keep <em>little</em>.</p>\n</div>' in page
    assert '<time datetime="2027-03-04">4 March 2027</time>' in page


def test_a_text_in_another_language_says_so_in_words_and_to_screen_readers(client, offer):
    offer("ti", "ar")  # there is no catalogue in Tigrinya yet
    write("contact", title_ar="اتصل بنا", body_ar="اكتب إلينا.")
    page = client.get("/ti/contact/").content.decode()
    assert '<h1><span lang="ar" dir="rtl">اتصل بنا</span></h1>' in page
    assert '<title lang="ar" dir="rtl">اتصل بنا</title>' in page
    assert '<div class="card prose" lang="ar" dir="rtl"><p>اكتب إلينا.</p>' in page
    assert "We do not have this text in your language yet." in page


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# One\n# Two", "<h2>One</h2>\n<h2>Two</h2>\n"),
        ("### Deep\n##### Deeper\n## Back", "<h2>Deep</h2>\n<h3>Deeper</h3>\n<h2>Back</h2>\n"),
        ("# A\n## B\n### C\n## D\n# E", "<h2>A</h2>\n<h3>B</h3>\n<h4>C</h4>\n<h3>D</h3>\n<h2>E</h2>\n"),
    ],
)
def test_headings_stand_under_the_title_and_leave_no_level_out(markdown, html):
    assert html_of(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("Hi <b onclick=x>you</b>", "<p>Hi &lt;b onclick=x&gt;you&lt;/b&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("![a](https://far.example/a.png)", '<p>!<a href="https://far.example/a.png">a</a></p>\n'),
        ('[a](https://x.example/"onx=)', '<p><a href="https://x.example/%22onx=">a</a></p>\n'),
    ],
)
def test_markdown_brings_no_markup_of_its_own(markdown, html):
    assert html_of(markdown) == html
