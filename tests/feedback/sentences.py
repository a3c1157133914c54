"""Sentences of 12 languages (and Arabic) to put numbers into, and harmless ones with numbers of every kind.

Numbers of people are made by rule here and checked by nothing of the screening: phones by the patterns of the phone
library and its own check, national numbers by their published checksums.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import phonenumbers
from stdnum import luhn
from stdnum.be import nn as be_nn
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.lt import asmens
from stdnum.lv import pvn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel

WITH_A_NUMBER = {
    "fi": ["Soittakaa minulle {}.", "Numeroni on {}, kiitos.", "Olen odottanut kuukausia. {} Terveisin Anna"],
    "sv": ["Ring mig på {}.", "Mitt nummer är {} om ni undrar.", "Jag har väntat länge, {}, hälsningar Eva"],
    "en": [
        "You can reach me at {}.",
        "Mine is {}, please check.",
        "I wrote {} on the paper and nobody came back to me.",
    ],
    "nb": ["Ring meg på {} i dag.", "Nummeret mitt er {}.", "Jeg heter Kari ({}) og har ventet lenge."],
    "et": ["Helistage mulle {}.", "Minu number on {}.", "Ootan vastust: {}. Tervitades Mari"],
    "lv": ["Zvaniet man {}.", "Mans numurs ir {}.", "Gaidu atbildi, {}, ar cieņu Anna"],
    "lt": ["Skambinkite man {}.", "Mano numeris yra {}.", "Laukiu atsakymo {} ir dar niekas neparašė."],
    "pl": ["Proszę zadzwonić {}.", "Mój numer to {}.", "Czekam od miesięcy, {}, pozdrawiam Jan"],
    "nl": ["U kunt mij bereiken op {}.", "Mijn nummer is {}.", "Ik wacht al maanden. {} Groeten, Jan"],
    "de": [
        "Bitte rufen Sie mich an: {}.",
        "Meine Nummer lautet {}.",
        "Ich heiße Karl, {}, und warte seit Monaten.",
    ],
    "fr": [
        "Vous pouvez me joindre au {}.",
        "Mon numéro est le {}.",
        "J'attends depuis des mois ({}) sans réponse.",
    ],
    "it": ["Mi può chiamare al {}.", "Il mio numero è {}.", "Sono Anna, {}, e aspetto da mesi."],
    "es": ["Pueden llamarme al {}.", "Mi número es {}.", "Soy Ana, {}, y espero desde hace meses."],
    "ar": ["يمكنكم الاتصال بي على {} من فضلكم", "رقمي هو {} وشكرا", "اسمي أحمد {} وأنتظر منذ شهور"],
}
HARMLESS = {
    "fi": [
        *(
            "Odotin {hours} ja jonotusnumeroni oli {queue}.",
            "Maksoin {amount} {date}.",
            "Laskun viitenumero on {big}.",
        ),
        *("Aukioloajat olivat {hours}, mutta {date} oli kiinni.", "Laitteen sarjanumero {big} ei toimi."),
    ],
    "sv": [
        *(
            "Jag väntade {hours} med kölapp {queue}.",
            "Jag betalade {amount} den {date}.",
            "Fakturan {big} kom för sent.",
        ),
        *("Ni har öppet {hours} men {date} var det stängt.", "Ordernumret {big} gick inte att hitta."),
    ],
    "en": [
        *(
            "I waited from {hours} with ticket {queue}.",
            "I paid {amount} on {date}.",
            "The invoice {big} came too late.",
        ),
        *(
            "You are open {hours} but on {date} it was closed.",
            "Order number {big} could not be found, {queue} neither.",
        ),
    ],
    "nb": [
        *(
            "Jeg ventet fra {hours} med kølapp {queue}.",
            "Jeg betalte {amount} den {date}.",
            "Fakturaen {big} kom sent.",
        ),
        *("Dere har åpent {hours}, men {date} var det stengt.", "Serienummeret {big} virket ikke."),
    ],
    "et": [
        *(
            "Ootasin {hours}, järjekorranumber oli {queue}.",
            "Maksin {amount} {date}.",
            "Arve {big} tuli liiga hilja.",
        ),
        *("Olete avatud {hours}, aga {date} oli kinni.", "Tellimus {big} jäi leidmata."),
    ],
    "lv": [
        *(
            "Gaidīju {hours}, rindas numurs {queue}.",
            "Samaksāju {amount} {date}.",
            "Rēķins {big} atnāca par vēlu.",
        ),
        *("Strādājat {hours}, bet {date} bija slēgts.", "Pasūtījums {big} netika atrasts."),
    ],
    "lt": [
        *(
            "Laukiau {hours}, eilės numeris {queue}.",
            "Sumokėjau {amount} {date}.",
            "Sąskaita {big} atėjo per vėlai.",
        ),
        *("Dirbate {hours}, bet {date} buvo uždaryta.", "Užsakymas {big} nerastas."),
    ],
    "pl": [
        *(
            "Czekałem {hours} z numerkiem {queue}.",
            "Zapłaciłem {amount} dnia {date}.",
            "Faktura {big} przyszła za późno.",
        ),
        *("Otwarte {hours}, ale {date} było zamknięte.", "Zamówienia {big} nie znaleziono."),
    ],
    "nl": [
        *(
            "Ik wachtte van {hours} met volgnummer {queue}.",
            "Ik betaalde {amount} op {date}.",
            "Factuur {big} kwam te laat.",
        ),
        *("U bent open {hours}, maar {date} was het dicht.", "Bestelling {big} was niet te vinden."),
    ],
    "de": [
        *(
            "Ich wartete von {hours} mit Nummer {queue}.",
            "Ich zahlte {amount} am {date}.",
            "Die Rechnung {big} kam zu spät.",
        ),
        *("Geöffnet ist {hours}, aber am {date} war zu.", "Die Bestellung {big} war nicht zu finden."),
    ],
    "fr": [
        *(
            "J'ai attendu de {hours} avec le ticket {queue}.",
            "J'ai payé {amount} le {date}.",
            "La facture {big} est arrivée tard.",
        ),
        *("Vous ouvrez {hours} mais le {date} c'était fermé.", "La commande {big} est introuvable."),
    ],
    "it": [
        *(
            "Ho aspettato {hours} con il biglietto {queue}.",
            "Ho pagato {amount} il {date}.",
            "La fattura {big} è arrivata tardi.",
        ),
        *("Aprite {hours} ma il {date} era chiuso.", "L'ordine {big} non si trova."),
    ],
    "es": [
        *(
            "Esperé de {hours} con el turno {queue}.",
            "Pagué {amount} el {date}.",
            "La factura {big} llegó tarde.",
        ),
        *("Abren {hours} pero el {date} estaba cerrado.", "El pedido {big} no aparece."),
    ],
    "ar": [
        *("انتظرت {hours} ورقم الدور {queue}", "دفعت {amount} يوم {date}", "الفاتورة {big} وصلت متأخرة"),
        *("الدوام {hours} لكن {date} كان مغلقا", "الطلب {big} غير موجود"),
    ],
}
UNFORESEEN = {
    "fi": ["Sivuilla on jo {big} klikkausta.", "Kassakoneessa luki {big} ja sitten se sammui."],
    "sv": ["Skärmen visade bara {big} och sedan inget.", "Koden {big} fungerade inte på datorn."],
    "en": ["The screen only said {big} and went dark.", "Error {big} appeared after I pressed the button."],
    "de": ["Auf dem Bildschirm stand nur {big}.", "Der Fehler {big} kam dreimal."],
    "fr": ["L'écran affichait seulement {big}.", "Le code d'erreur {big} est revenu."],
    "es": ["La pantalla solo decía {big}.", "Salió el error {big} tres veces."],
}
"""Things the lists of words know nothing of: how often they are masked is measured, and told in docs/screening.md."""

MONTHS = [(".", "%d{0}%m{0}%Y"), ("/", "%d{0}%m{0}%Y"), ("-", "%Y{0}%m{0}%d"), (".", "%d{0}%m{0}%y")]
AMOUNTS = [
    *(
        "{:,} euros",
        "€{:,}",
        "{:,}.00 EUR",
        "{:,} kr",
        "{:,} zł",
        "{:,} €",
        "{:,},50 €",
        "{} euro",
        "{:,} SEK",
    ),
]


def harmless(rng: random.Random, count: int, *, templates: dict | None = None) -> Iterator[tuple[str, bool]]:
    """(sentence, whether a number of 8 to 12 digits is in it)."""
    templates = templates or HARMLESS
    for _ in range(count):
        language = rng.choice(sorted(templates))
        template = rng.choice(templates[language])
        yield (
            template.format(
                hours=hours_of(rng),
                queue=queue_of(rng),
                amount=amount_of(rng),
                date=date_of(rng),
                big=big_of(rng),
            ),
            "{big}" in template,
        )


def hours_of(rng):
    begin, end = rng.randint(7, 10), rng.randint(14, 19)
    return rng.choice(
        ["{:02}:00-{:02}:00", "{}.00–{}.30", "{}-{}", "{:02}00-{:02}00", "{} h - {} h", "{:02}:15 - {:02}:45"]
    ).format(begin, end)


def queue_of(rng):
    return rng.choice(["{}", "A{:03}", "B-{:04}", "{:03}"]).format(rng.randint(1, 999))


def amount_of(rng):
    number = rng.choice([rng.randint(5, 900), rng.randint(1000, 99_000), rng.randint(1_000_000, 99_000_000)])
    return rng.choice(AMOUNTS).format(number).replace(",", rng.choice([" ", "\u00a0", ".", "\u202f"]), 2)


def date_of(rng):
    separator, form = rng.choice(MONTHS)
    day = date(2020, 1, 1) + timedelta(days=rng.randint(0, 2600))
    with_time = rng.choice(["", "", " 14:30", " 9.15"])
    return day.strftime(form.format(separator)) + with_time


def big_of(rng):
    digits = rng.choice([8, 9, 10, 11, 12])
    return str(rng.randint(10 ** (digits - 1), 10**digits - 1))


# ---------- phones ----------

REGIONS = ["FI", "SE", "NO", "DK", "EE", "LV", "LT", "PL", "NL", "BE", "FR", "IT", "CZ", "DE", "ES"]
FORMS = [
    phonenumbers.PhoneNumberFormat.NATIONAL,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.E164,
]


def phone(rng: random.Random, region: str, kind: int) -> str:
    """A valid number, written in one of the ways people of the country write it."""
    number = _phone_number(rng, region, kind)
    form = rng.choice(FORMS)
    text = phonenumbers.format_number(number, form)
    if form == phonenumbers.PhoneNumberFormat.NATIONAL:
        return rng.choice(
            [text, text, "".join(sign for sign in text if sign.isdigit()), text.replace(" ", "-")]
        )
    return rng.choice([text, text.replace("+", "00")])


def _phone_number(rng, region, kind):
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    described = metadata.mobile if kind == phonenumbers.PhoneNumberType.MOBILE else metadata.fixed_line
    example = described.example_number
    while True:
        kept = rng.randint(1, 3)
        digits = example[:kept] + "".join(str(rng.randint(0, 9)) for _ in example[kept:])
        number = phonenumbers.PhoneNumber(
            country_code=metadata.country_code,
            national_number=int(digits),
            italian_leading_zero=True if digits[0] == "0" else None,
        )
        kinds = {kind, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
        if (
            phonenumbers.is_valid_number_for_region(number, region)
            and phonenumbers.number_type(number) in kinds
        ):
            return number


# ---------- national numbers ----------


def _born(rng, first=1930, last=2010):
    return date(first, 1, 1) + timedelta(days=rng.randint(0, (last - first) * 365))


def finnish(rng):
    born = _born(rng)
    number = f"{rng.randint(2, 899):03}"
    control = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(f"{born:%d%m%y}{number}") % 31]
    return (
        f"{born:%d%m%y}{rng.choice('-YXWVU') if born.year < 2000 else rng.choice('ABCDEF')}{number}{control}"
    )


def swedish(rng):
    born = _born(rng)
    day = born.day + rng.choice([0, 0, 60])
    body = f"{born:%y%m}{day:02}{rng.randint(0, 999):03}"
    digits = body + luhn.calc_check_digit(body)
    century = f"{born:%Y}"[:2] if rng.random() < 0.5 else ""
    return century + rng.choice([digits, f"{digits[:6]}-{digits[6:]}", f"{digits[:6]}-{digits[6:]}"])


def norwegian(rng):
    while True:
        born = _born(rng, 1940, 1999)
        body = f"{born.day + rng.choice([0, 40]):02}{born:%m%y}{rng.randint(0, 499):03}"
        first = fodselsnummer.calc_check_digit1(body)
        second = fodselsnummer.calc_check_digit2(body + first)
        digits = body + first + second
        if len(digits) == 11:  # a check of 10 is not given out
            return rng.choice([digits, f"{digits[:6]} {digits[6:]}"])


def danish(rng):
    digits = f"{_born(rng, 1940, 1999):%d%m%y}{rng.randint(0, 3999):04}"
    return rng.choice([digits, f"{digits[:6]}-{digits[6:]}", f"{digits[:6]} {digits[6:]}"])


def _baltic(rng):
    born = _born(rng)
    body = f"{rng.choice('34' if born.year < 2000 else '56')}{born:%y%m%d}{rng.randint(1, 999):03}"
    return body + asmens.calc_check_digit(f"{body}0")


def latvian(rng):
    body = (
        f"32{rng.randint(0, 99999999):08}"
        if rng.random() < 0.5
        else f"{_born(rng, 1930, 1999):%d%m%y}1{rng.randint(0, 999):03}"
    )
    digits = body + pvn.calc_check_digit_pers(body)
    return rng.choice([digits, f"{digits[:6]}-{digits[6:]}"])


def polish(rng):
    body = f"{_born(rng, 1930, 1999):%y%m%d}{rng.randint(0, 9999):04}"
    return body + pesel.calc_check_digit(body)


def dutch(rng):
    while True:
        digits = f"{rng.randint(10_000_000, 999_999_999):09}"
        total = sum(
            int(digit) * weight for digit, weight in zip(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1], strict=True)
        )
        if total % 11 == 0:
            return rng.choice(
                [
                    digits,
                    f"{digits[:4]}.{digits[4:6]}.{digits[6:]}",
                    f"{digits[:3]} {digits[3:6]} {digits[6:]}",
                ]
            )


def belgian(rng):
    born = _born(rng)
    body = f"{born:%y%m%d}{rng.randint(1, 997):03}"
    check = 97 - int(("2" if born.year >= 2000 else "") + body) % 97
    digits = f"{body}{check:02}"
    assert be_nn.is_valid(digits)
    return rng.choice([digits, f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"])


def french(rng):
    body = f"{rng.choice('12')}{_born(rng):%y%m}{rng.randint(1, 95):02}{rng.randint(1, 900):03}{rng.randint(1, 999):03}"
    if rng.random() < 0.1:
        body = body[:5] + rng.choice(["2A", "2B"]) + body[7:]
    digits = body + nir.calc_check_digits(body)
    spaced = (
        f"{digits[0]} {digits[1:3]} {digits[3:5]} {digits[5:7]} {digits[7:10]} {digits[10:13]} {digits[13:]}"
    )
    return rng.choice([digits, spaced])


def italian(rng):
    born = _born(rng)
    letters = "".join(rng.choice("BCDFGLMNPRSTVZ") for _ in range(6))
    day = born.day + rng.choice([0, 40])
    body = f"{letters}{born:%y}{'ABCDEHLMPRST'[born.month - 1]}{day:02}H{rng.randint(100, 999)}"
    return body + codicefiscale.calc_check_digit(body)


def czech(rng):
    while True:
        born = _born(rng, 1955, 2003)
        body = f"{born:%y}{born.month + rng.choice([0, 50]):02}{born:%d}{rng.randint(0, 999):03}"
        if int(body) % 11 != 10:
            digits = f"{body}{int(body) % 11}"
            return rng.choice([digits, f"{digits[:6]}/{digits[6:]}", f"{digits[:6]}/{digits[6:]}"])


def german(rng):
    """Eleven digits: of the first ten one stands twice, the rest once; the last by ISO 7064 mod 11,10."""
    pool = rng.sample("0123456789", 9)
    body = [*pool, rng.choice(pool)]
    rng.shuffle(body)
    if body[0] == "0":
        body.reverse()
    if body[0] == "0":
        return german(rng)
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    digits = "".join(body) + str((11 - product) % 10)
    return rng.choice([digits, f"{digits[:2]} {digits[2:5]} {digits[5:8]} {digits[8:]}"])


def spanish(rng):
    letters = "TRWAGMYFPDXBNJZSQVHLCKE"
    if rng.random() < 0.5:
        number = rng.randint(1_000_000, 99_999_999)
        return f"{number:08}{rng.choice(['', '-', ' '])}{letters[number % 23]}"
    first, number = rng.randint(0, 2), rng.randint(0, 9_999_999)
    return f"{'XYZ'[first]}{rng.choice(['', '-'])}{number:07}{rng.choice(['', '-'])}{letters[(first * 10_000_000 + number) % 23]}"


NATIONAL: dict[str, Callable[[random.Random], str]] = {
    "fi": finnish,
    "se": swedish,
    "no": norwegian,
    "dk": danish,
    "ee": _baltic,
    "lv": latvian,
    "lt": _baltic,
    "pl": polish,
    "nl": dutch,
    "be": belgian,
    "fr": french,
    "it": italian,
    "cz": czech,
    "de": german,
    "es": spanish,
}


def in_a_sentence(rng: random.Random, number: str) -> tuple[str, int, int]:
    """(sentence, where the number begins, where it ends)."""
    template = rng.choice(WITH_A_NUMBER[rng.choice(sorted(WITH_A_NUMBER))])
    start = template.index("{}")
    return template.format(number), start, start + len(number)
