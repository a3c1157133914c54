"""An English sentence in a page of another language says that it is English."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation.template import templatize

from cxportal.interface import said
from cxportal.organisation.texts import Text


@pytest.fixture
def finnish(catalogues):
    catalogues(
        fi={
            "Begin": "Aloita",
            "Code: %(code)s": "Koodi: %(code)s",
            "Broken: %(code)s": "Rikki: %(koodi)s",
            "Bold": "<b>Lihava</b>",
        }
    )
    with translation.override("fi"):
        yield


def rendered(template: str, **context) -> str:
    return Template(template).render(Context(context))


@pytest.mark.parametrize(
    ("template", "html"),
    [
        ('{% say _("Begin") %}', "Aloita"),
        ("{% say _('Begin') %}", "Aloita"),
        ('{% say _("End") %}', '<span lang="en" dir="ltr">End</span>'),
        ('{% say _("Code: %(code)s") code=code %}', "Koodi: 7K&amp;"),
        ('{% say _("Number: %(code)s") code=code %}', '<span lang="en" dir="ltr">Number: 7K&amp;</span>'),
        ('{% say _("Code: %(code)s") code=bold %}', "Koodi: <b>7</b>"),
        ('{% say _("Broken: %(code)s") code=code %}', '<span lang="en" dir="ltr">Broken: 7K&amp;</span>'),
        ('{% say _("Bold") %}', "&lt;b&gt;Lihava&lt;/b&gt;"),
        ('{% say _("Begin") as word %}{{ word }} {{ word.language }} {{ word.direction }}', "Aloita fi ltr"),
        ('{% say _("End") as word %}{{ word }} {{ word.language }} {{ word.direction }}', "End en ltr"),
        ('{% say _("End") as word %}{{ word|marked }}', '<span lang="en" dir="ltr">End</span>'),
    ],
)
def test_a_sentence_is_said_in_the_language_of_the_page_or_marked(finnish, template, html):
    assert rendered(template, code="7K&", bold=mark_safe("<b>7</b>")) == html


def test_english_pages_mark_nothing():
    with translation.override("en"):
        assert rendered('{% say _("Code: %(code)s") code=7 %}') == "Code: 7"


def test_an_english_sentence_in_an_arabic_page_runs_from_the_left(catalogues):
    catalogues()
    with translation.override("ar"):
        assert said("How did it go?") == Text("How did it go?", "en", "ltr")


def test_an_arabic_text_in_a_finnish_page_runs_from_the_right(finnish):
    assert (
        rendered("{{ text|marked }}", text=Text("<م>", "ar", "rtl"))
        == '<span lang="ar" dir="rtl">&lt;م&gt;</span>'
    )


def test_an_empty_text_leaves_no_empty_element(finnish):
    assert rendered("{{ text|marked }}", text=Text("", "ar", "rtl")) == ""


@pytest.mark.parametrize(
    "template", ["{% say %}", '{% say "Begin" %}', '{% say _("Begin") now %}', "{% say word %}"]
)
def test_a_sentence_that_could_not_be_collected_for_translation_is_refused(template):
    with pytest.raises(TemplateSyntaxError):
        Template(template)


@pytest.mark.parametrize(
    ("template", "collected"),
    [
        ('{% say _("Begin") %}', '_("Begin")'),
        ('{% say _("Code: %(code)s") code=code as title %}', '_("Code: %(code)s")'),
    ],
)
def test_makemessages_finds_the_sentence(template, collected):
    assert collected in templatize(template)
