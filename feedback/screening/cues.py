"""Words beside a number that say what it is. The nearest one wins; beginnings of words, in small letters without accents."""

import re

from feedback.folding import folded

PHONE = """
phone telep telef tel mobile mobil cell call ring ringi sms whatsapp viber signal telegram reach
puh puhelin puhelime gsm matkapuhelin kannykka soita soitta tavoit
telefon ringen mobilen nas
helista helistage mobiil
talr talrun zvaniet zvani zvanit
skambin paskambin susisiek
zadzwon dzwon komork kontakt oddzwon
bellen gebeld mobiel bereik
anrufen anruf ruf erreich handy ruckruf
appel rappel joindre joign portable
chiam cellulare
llam movil
vola volej zavol
телефон звон позвон тел моб дзвон
هاتف جوال موبايل اتصل اتصال تلفون تلفن موبایل زنگ
"""
IDENTIFIER = """
hetu henkilotunnus henkilotunnu sotu personnummer personnr samordningsnummer fodselsnummer d-nummer cpr
isikukood personas asmens pesel bsn burgerservicenummer rijksregister
nir securite sociale insee codice fiscale rodne steuer idnr identifikationsnummer steuerid dni nie nif
identity personal social security ssn national identifi
"""
HARMLESS = """
queue ticket token invoice order parcel package tracking serial article item product isbn ean barcode
amount price cost total budget population inhabitants visitors applications version build page form reference
law section meter batch device printer model postcode zip opening hours room desk counter
jono vuoronumero vuoro lasku viite tilaus paketti sarjanumero tuote hinta summa maara
kavij hakemus hakemuks lomake laitteen tulostin mallin huone tiski aukiolo postinumero versio
konummer kolapp faktura fakturan ordernr paket kolli serienummer artikel pris belopp antal besok
blankett ansokning apparat skrivare oppet
jarjekorra piletinumber arve tellimus pakk seerianumber toode hind kulastaj avaldus vorm seade
rinda rindas rekin pasutijum sutijum serijas prece cena skait apmeklet iesniegum veidlap iekart
eile eiles saskait uzsakym siunt serijos prek kaina suma skaici lankytoj prasym irengin
kolejk bilet faktur rachun zamowi paczk przesylk seryjn produkt kwot liczb odwiedz wniosk formular urzadz
wachtrij volgnummer bonnummer factuur bestelling pakket prijs bedrag aantal bezoek
aanvra formulier apparaat loket openingstijd
warteschlange wartenummer wartemarke rechnung bestell sendung seriennummer preis betrag summe
anzahl besuch antrag gerat drucker zimmer schalter offnungszeit einwohner zahler
attente facture commande colis suivi serie produit prix montant somme nombre visit demande
formulaire appareil imprimante guichet horaire habitants compteur
coda biglietto turno fattura ordine pacco spedizione articolo prodotto prezzo importo somma domand modulo
apparecchio stampante sportello orari abitanti contatore
cola factura pedido paquete envio articulo producto precio importe cantidad solicitud
formulario aparato impresora ventanilla horario habitantes contador
fronta poradov objednav zasilk balik seriov vyrobek castk pocet navstev zadost pristroj
kønummer ordre pakke belop beløb antall besog besøk soknad ansøgning
skjema skranke åbningstid
очеред талон счет счёт заказ посыл серийн артикул товар цена сумм числ посетит заявлен форма прибор черг рахун
замовл посилк серійн
طابور دور فاتورة طلب طرد تسلسل سعر مبلغ عدد استمارة جهاز نوبت فاکتور سفارش بسته سریال قیمت تعداد فرم
"""
UNITS = re.compile(
    r"\s?(?:€|\$|£|₽|%|‰|eur\b|euro|kr\b|kr\.|kron|sek\b|nok\b|dkk\b|zł|zl\b|pln\b|kč|czk\b|usd\b|gbp\b|руб|грн|₴|km\b|kg\b|kwh|"
    r"m2\b|m²|mb\b|kb\b|gb\b|dollar|pound|tonn|people|persons|inhabitant|visitor|application|page|asukas|asukka|kavij|"
    r"kävij|hakemu|invånare|besök|elanik|külastaj|iedzīvot|gyventoj|mieszka|inwoner|einwohner|habitant|abitant|obyvatel|"
    r"دينار|يورو|ریال|درهم)",
    re.IGNORECASE,
)
SIGNS_BEFORE = re.compile(r"(?:[#№§€$£]\s?|\b[A-Za-z]{1,4}[-/])\Z")
BEFORE, AFTER = 45, 18


def _pattern(words: str) -> re.Pattern[str]:
    stems = sorted({folded(word) for word in words.split()}, key=len, reverse=True)
    # Arabic puts its article and some prepositions in front without a blank
    return re.compile(
        r"(?<!\w)(?:[وبلكف]?ال|لل|[وبل])?(?:" + "|".join(re.escape(stem) for stem in stems) + ")"
    )


_HARMLESS, _PHONE, _IDENTIFIER = map(_pattern, (HARMLESS, PHONE, IDENTIFIER))


def _distance(pattern: re.Pattern[str], before: str, after: str) -> int:
    """Signs between the number and the nearest word of this kind."""
    last = None
    for last in pattern.finditer(before):  # noqa: B007 - only the last one matters
        pass
    near = len(before) - last.end() if last else 999
    first = pattern.search(after)
    return min(near, first.start() + 8 if first else 999)


def says_harmless(before: str, after: str) -> bool:
    """Whether the words around (folded) rather speak of things and sums than of a person's number."""
    harmless = _distance(_HARMLESS, before, after)
    return harmless < min(_distance(_PHONE, before, after), _distance(_IDENTIFIER, before, after), 900)


def says_person(before: str, after: str) -> bool:
    return min(_distance(_PHONE, before, after), _distance(_IDENTIFIER, before, after)) < 900
