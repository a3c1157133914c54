"""Every language an installation can offer. Fixed in code, because the columns of translated content follow it.

Which of them are used is chosen in the admin (`organisation.Language`).
"""

from typing import NamedTuple

import django.conf.locale

SOURCE = "en"
STAFF = ("en", "fi", "sv")
RESPONDENT_FIRST = ("fi", "sv", "en", "ar", "ru", "uk", "so", "fa", "fr", "nl")


class KnownLanguage(NamedTuple):
    """A language with the name its speakers give it, which is how it is shown to them."""

    code: str
    name: str
    native_name: str
    is_rtl: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self.is_rtl else "ltr"


LANGUAGES = {
    language.code: language
    for language in [
        KnownLanguage("fi", "Finnish", "Suomi"),
        KnownLanguage("sv", "Swedish", "Svenska"),
        KnownLanguage("en", "English", "English"),
        KnownLanguage("et", "Estonian", "Eesti"),
        KnownLanguage("ru", "Russian", "Русский"),
        KnownLanguage("uk", "Ukrainian", "Українська"),
        KnownLanguage("ar", "Arabic", "العربية", is_rtl=True),
        KnownLanguage("fa", "Persian", "فارسی", is_rtl=True),
        KnownLanguage("prs", "Dari", "دری", is_rtl=True),
        KnownLanguage("ps", "Pashto", "پښتو", is_rtl=True),
        KnownLanguage("so", "Somali", "Soomaali"),
        KnownLanguage("ckb", "Sorani Kurdish", "کوردیی ناوەندی", is_rtl=True),
        KnownLanguage("ku", "Kurmanji Kurdish", "Kurmancî"),
        KnownLanguage("ti", "Tigrinya", "ትግርኛ"),
        KnownLanguage("am", "Amharic", "አማርኛ"),
        KnownLanguage("tr", "Turkish", "Türkçe"),
        KnownLanguage("sq", "Albanian", "Shqip"),
        KnownLanguage("es", "Spanish", "Español"),
        KnownLanguage("fr", "French", "Français"),
        KnownLanguage("pt", "Portuguese", "Português"),
        KnownLanguage("de", "German", "Deutsch"),
        KnownLanguage("nl", "Dutch", "Nederlands"),
        KnownLanguage("pl", "Polish", "Polski"),
        KnownLanguage("lv", "Latvian", "Latviešu"),
        KnownLanguage("lt", "Lithuanian", "Lietuvių"),
        KnownLanguage("cs", "Czech", "Čeština"),
        KnownLanguage("sk", "Slovak", "Slovenčina"),
        KnownLanguage("hu", "Hungarian", "Magyar"),
        KnownLanguage("bg", "Bulgarian", "Български"),
        KnownLanguage("ro", "Romanian", "Română"),
        KnownLanguage("hr", "Croatian", "Hrvatski"),
        KnownLanguage("sl", "Slovenian", "Slovenščina"),
        KnownLanguage("el", "Greek", "Ελληνικά"),
        KnownLanguage("it", "Italian", "Italiano"),
        KnownLanguage("da", "Danish", "Dansk"),
        KnownLanguage("nb", "Norwegian", "Norsk"),
        KnownLanguage("zh-hans", "Chinese", "中文"),
        KnownLanguage("th", "Thai", "ไทย"),
        KnownLanguage("vi", "Vietnamese", "Tiếng Việt"),
        KnownLanguage("hi", "Hindi", "हिन्दी"),
        KnownLanguage("he", "Hebrew", "עברית", is_rtl=True),
        KnownLanguage("sw", "Swahili", "Kiswahili"),
    ]
}


def teach_django() -> None:
    """Add the languages Django has no entry for: without it a page with a language picker answers 500."""
    for language in LANGUAGES.values():
        django.conf.locale.LANG_INFO.setdefault(
            language.code,
            {
                "bidi": language.is_rtl,
                "code": language.code,
                "name": language.name,
                "name_local": language.native_name,
            },
        )
