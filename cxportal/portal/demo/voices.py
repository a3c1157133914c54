"""What people say: written for the demo, in nine languages. Some hold what the screening has to find."""

import random
from collections.abc import Collection, Iterator
from typing import NamedTuple

from feedback.models import Kind, Tone

GOOD, MIDDLE, BAD = Tone.POSITIVE, Tone.NEUTRAL, Tone.NEGATIVE
STORY, REMARK, TIP, FAILURE, COMPLAINT, PRAISE = (
    *(Kind.STORY, Kind.REMARK, Kind.TIP),
    *(Kind.TECHNICAL_FAILURE, Kind.COMPLAINT, Kind.PRAISE),
)


class Voice(NamedTuple):
    language: str
    topic: str
    kind: str
    tone: str
    text: str


VOICES = [
    Voice("en", "waiting-time", COMPLAINT, BAD, "I have waited eleven months and nobody can tell me how much longer it takes."),
    Voice("en", "waiting-time", STORY, BAD, "I applied in winter so that I could start my job in summer. Summer is over, my employer found somebody else, and I still have no answer. I only wish somebody had told me at the beginning that it takes a year."),
    Voice("en", "waiting-time", STORY, GOOD, "I was told it would take three months and it took seven weeks. I could tell my employer a day and keep it. Thank you for saying early what was missing."),
    Voice("en", "clear-guidance", TIP, MIDDLE, "Please show a picture of each document that is needed. The names of the documents mean nothing to me."),
    Voice("en", "clear-guidance", REMARK, BAD, "The letter says to add a document within fourteen days but not where to send it."),
    Voice("en", "clear-guidance", STORY, BAD, "Three people told me three different things about the same form. I filled it in three times. The third person was right, and she was kind, but I lost two months."),
    Voice("en", "treatment", PRAISE, GOOD, "The woman at the desk took her time and drew me the next steps on paper. I left without fear."),
    Voice("en", "treatment", COMPLAINT, BAD, "I was spoken to loudly in front of the whole queue. I understood the words; it was the tone."),
    Voice("en", "e-service", FAILURE, BAD, "The e-service signs me out while I am writing and everything is lost. It happened four times."),
    Voice("en", "e-service", TIP, MIDDLE, "Let us save the application and go on the next day."),
    Voice("en", "premises", REMARK, BAD, "There is no place to sit for my mother while we wait outside."),
    Voice("en", "decision", REMARK, BAD, "I read the decision twice and still do not know whether it is a yes."),
    Voice("en", "decision", STORY, MIDDLE, "The decision came in a language I do not read. My neighbour helped me. Now he knows everything about me, which I did not want, but there was no other way."),
    Voice("en", "food", COMPLAINT, BAD, "My son cannot eat what is cooked and we may not cook ourselves."),
    Voice("en", "waiting-time", COMPLAINT, BAD, "Please look at my matter MIG/2025/004711 and call me at 045 123 4567."),
    Voice("en", "treatment", PRAISE, GOOD, "Thank you. Write to me at anna.virtanen@people.example if I can help others with my experience."),
    Voice("fi", "waiting-time", COMPLAINT, BAD, "Hakemukseni on ollut käsittelyssä yli vuoden, eikä kukaan osaa sanoa, milloin päätös tulee."),
    Voice("fi", "waiting-time", PRAISE, GOOD, "Päätös tuli nopeammin kuin luvattiin. Kiitos!"),
    Voice("fi", "clear-guidance", TIP, MIDDLE, "Voisiko verkkosivulle laittaa listan liitteistä, jonka voi tulostaa ja rastittaa?"),
    Voice("fi", "clear-guidance", REMARK, BAD, "Kirjeen kieli oli niin vaikeaa, että jouduin kysymään neuvoa kolmelta ihmiseltä."),
    Voice("fi", "treatment", PRAISE, GOOD, "Palvelupisteessä minua kuunneltiin rauhassa ja asia selvisi heti."),
    Voice("fi", "e-service", FAILURE, BAD, "Liitteen lataaminen ei onnistu puhelimella, sivu jää pyörimään."),
    Voice("fi", "e-service", STORY, MIDDLE, "Täytin hakemuksen illalla lasten nukkuessa. Istunto katkesi ennen viimeistä sivua ja aloitin alusta. Toisella kerralla kirjoitin vastaukset ensin paperille, ja kaikki meni läpi."),
    Voice("fi", "premises", REMARK, BAD, "Odotustilassa ei ole lapsille mitään tekemistä, ja jono on pitkä."),
    Voice("fi", "decision", REMARK, MIDDLE, "Päätöksen alussa voisi lukea yhdellä lauseella, mitä päätettiin."),
    Voice("sv", "waiting-time", COMPLAINT, BAD, "Jag har väntat i åtta månader och får bara veta att ärendet är under behandling."),
    Voice("sv", "clear-guidance", TIP, MIDDLE, "Skriv på första raden vad jag ska göra och senast när."),
    Voice("sv", "treatment", PRAISE, GOOD, "Jag blev mycket vänligt bemött och fick svar på allt."),
    Voice("sv", "languages", REMARK, BAD, "Det fanns ingen vid disken som talade svenska, fast det står på dörren."),
    Voice("sv", "e-service", STORY, GOOD, "Jag lämnade in allt på nätet en söndag och fick bekräftelse samma kväll. På tisdagen ringde någon och bad om ett papper till. Så enkelt kan det vara."),
    Voice("ar", "waiting-time", COMPLAINT, BAD, "أنتظر القرار منذ عشرة أشهر ولا أحد يعرف متى سيصدر."),
    Voice("ar", "languages", TIP, MIDDLE, "أرجو أن تكون الرسائل بالعربية أيضًا، فأنا لا أفهم الكلمات الرسمية."),
    Voice("ar", "treatment", PRAISE, GOOD, "الموظفة كانت لطيفة جدًا وشرحت لي كل شيء بهدوء."),
    Voice("ar", "decision", STORY, BAD, "وصلني القرار بلغة لا أقرؤها. ذهبت إلى ثلاثة أماكن حتى وجدت من يترجمه لي، وكان قد بقي يومان فقط للاعتراض. لم أنم تلك الأيام."),
    Voice("ar", "food", REMARK, BAD, "الطعام في المركز لا يناسب الأطفال الصغار."),
    Voice("ru", "waiting-time", COMPLAINT, BAD, "Жду решения больше года. На вопросы отвечают одно и то же: ждите."),
    Voice("ru", "clear-guidance", REMARK, BAD, "На сайте и в письме написаны разные сроки. Какой из них верный?"),
    Voice("ru", "treatment", PRAISE, GOOD, "Спасибо сотруднику у стойки: всё объяснил и проверил документы."),
    Voice("ru", "e-service", FAILURE, BAD, "Не могу загрузить паспорт, сайт пишет об ошибке и не говорит, о какой."),
    Voice("ru", "premises", TIP, MIDDLE, "Поставьте, пожалуйста, автомат с номерками, чтобы не спорить в очереди."),
    Voice("so", "waiting-time", COMPLAINT, BAD, "Sannad ka badan ayaan sugayay, cidna iima sheegin goorta jawaabtu iman doonto."),
    Voice("so", "languages", TIP, MIDDLE, "Fadlan noogu qora af Soomaali, waraaqaha ma fahmi karo."),
    Voice("so", "treatment", PRAISE, GOOD, "Si fiican ayaa la ii soo dhoweeyay, mahadsanid."),
    Voice("fa", "waiting-time", COMPLAINT, BAD, "یک سال است منتظرم و هیچ کس زمان پاسخ را نمی‌گوید."),
    Voice("fa", "clear-guidance", REMARK, BAD, "نمی‌دانم کدام مدرک را باید بفرستم و به کجا."),
    Voice("fa", "treatment", PRAISE, GOOD, "کارمند با حوصله به من کمک کرد. سپاسگزارم."),
    Voice("fr", "waiting-time", COMPLAINT, BAD, "J’attends depuis neuf mois et personne ne peut me dire quand la décision sera prise."),
    Voice("fr", "clear-guidance", TIP, MIDDLE, "Un exemple de formulaire rempli aiderait beaucoup."),
    Voice("fr", "e-service", FAILURE, BAD, "Le site se ferme quand j’ajoute une pièce jointe."),
    Voice("uk", "waiting-time", COMPLAINT, BAD, "Чекаю на рішення дев’ять місяців, і ніхто не може сказати, скільки ще."),
    Voice("uk", "treatment", PRAISE, GOOD, "Дуже дякую за терпіння і добре слово."),
    Voice("uk", "clear-guidance", REMARK, MIDDLE, "Було б добре мати список документів українською."),
]  # fmt: skip
WHERE = {
    "en": "This was in {place}.",
    "fi": "Tämä tapahtui paikassa {place}.",
    "sv": "Det var i {place}.",
    "ar": "كان ذلك في {place}.",
    "ru": "Это было здесь: {place}.",
    "so": "Waxay ahayd {place}.",
    "fa": "این در {place} بود.",
    "fr": "C’était à {place}.",
    "uk": "Це було тут: {place}.",
}
SEEN = [
    (BAD, "waiting-time", "A family came back for the third time because nobody had said which paper was missing."),
    (BAD, "clear-guidance", "The customer had filled in the wrong form. The names of the two forms differ in one word."),
    (GOOD, "treatment", "A colleague fetched an interpreter by phone within two minutes; the customer relaxed at once."),
    (BAD, "premises", "Eleven people stood outside at opening time, two of them with small children."),
    (MIDDLE, "e-service", "The customer wanted to book at the desk because the booking page does not open on an old phone."),
    (BAD, "decision", "The customer asked me whether the decision was positive. It was."),
    (GOOD, "clear-guidance", "The customer had printed the checklist from the web page, and nothing was missing."),
    (BAD, "languages", "We had no common language and used a translation app. I am not sure that we understood each other."),
    (MIDDLE, "waiting-time", "Most questions today were about how long it takes."),
]  # fmt: skip


def shuffled(dice: random.Random, *, kinds: Collection[str] = (), places: Collection[str]) -> Iterator[Voice]:
    """Every voice of these kinds with every place, so that no two texts are the same, for as long as they last."""
    chosen = [voice for voice in VOICES if not kinds or voice.kind in kinds]
    pairs = [(voice, place) for voice in chosen for place in sorted(places)]
    dice.shuffle(pairs)
    for voice, place in pairs:
        where = WHERE[voice.language].format(place=place)
        yield voice._replace(text=f"{voice.text} {where}")
