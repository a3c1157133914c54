"""Which waves there were. Figures that a body has published stand as it published them; see the blueprint of its case.

Beside them: C1 600 and more answered, C16 70 per cent of those who got the form, C18 22,000 of 100,000 invited (here a
hundredth of them), C19 3,933 forms at 15 offices.
"""

from cxportal.portal.demo.waves import Run

THREE = {"fi": 60, "sv": 15, "en": 25}
MANY = {"fi": 30, "en": 22, "sv": 6, "ar": 12, "ru": 12, "so": 6, "fa": 6, "fr": 3, "uk": 3}
CHANNELS = {
    "channel": {
        "desk": (30, 0.08),
        "email": (18, 0.06),
        "social_media": (6, 0.07),
        "phone": (16, -0.08),
        "e_service": (20, 0.0),
        "web": (10, -0.04),
    }
}
GROUNDS = {
    "ground": {"work": (40, 0.08), "study": (20, -0.1), "family": (30, 0.0), "protection": (10, -0.03)}
}

RUNS = [
    Run(
        *("reputation", "C2", 700, 660, 210, {"overall": 3.84, "friendly": 3.85, "efficient": 3.52}),
        languages=THREE,
        declared=GROUNDS,
    ),
    Run(
        "customers_first",
        "C1",
        420,
        390,
        310,
        {"overall": 3.46},
        languages=THREE,
        declared=CHANNELS,
        of_invited=0.3,
    ),
    Run(
        "offices_spring",
        "C19",
        250,
        236,
        3400,
        {"treated": 0.92, "helped": 0.9, "in_time": 0.86, "all_three": 0.77},
        fewest=300,
        languages=THREE,
        writes=0.015,
    ),
    Run(
        *("centres", "C16", 300, 255, 400, {"met": 0.9005}),
        digits=2,
        languages={"ru": 30, "en": 20, "ar": 35, "fr": 15},
        offered=0.7,
        writes=0.1,
    ),
    Run(
        *("residents", "C3", 205, 170, 260, {}),
        languages={"en": 20, "ar": 30, "ru": 10, "so": 15, "fa": 15, "fr": 5, "uk": 5},
        better={"joutseno-reception": -0.12, "oulu-reception": 0.08},
        fewest=130,
        writes=0.1,
    ),
    Run("contacts", "C18", 160, 130, 0, {}, of_invited=0.22, writes=0.1),
    Run(
        "customers_second",
        "C1",
        95,
        65,
        630,
        {"overall": 3.55},
        languages=MANY,
        declared=CHANNELS,
        of_invited=0.35,
    ),
    Run(
        "offices_autumn",
        "C19",
        45,
        31,
        3933,
        {"treated": 0.94, "helped": 0.92, "in_time": 0.89, "all_three": 0.81},
        fewest=300,
        languages=THREE,
        better={"helsinki": 0.15},
        writes=0.015,
    ),
    Run("importance", "C13", 128, 108, 220, {}, languages=THREE, mood=0.05, fewest=60, writes=0.1),
    Run("told", "C8", 58, 30, 70, {}, languages={"fi": 40, "en": 35, "fr": 25}, fewest=30, writes=0.9),
    Run("website", "C15", 25, None, 320, {}, languages=THREE, mood=0.05, writes=0.25),
    Run("callers", "C20", 9, None, 0, {}, of_invited=0.3, sample=150, declines=4, writes=0.15),
    Run("customers_third", "C1", 12, None, 150, {}, languages=MANY, declared=CHANNELS, of_invited=0.25),
]
