"""Which waves there were. Where a figure is named, it is the one that the body published (see `blueprints`)."""

from cxportal.portal.demo.waves import Run

MANY = {"fi": 30, "en": 22, "sv": 6, "ar": 12, "ru": 12, "so": 6, "fa": 6, "fr": 3, "uk": 3}
THREE = {"fi": 60, "sv": 15, "en": 25}
CHANNELS = {
    "channel": {
        "desk": (30, 0.12),
        "email": (18, 0.09),
        "social_media": (6, 0.1),
        "phone": (16, -0.1),
        "e_service": (20, 0.0),
        "web": (10, -0.05),
    }
}

RUNS = [
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
    Run("customers_third", "C1", 12, None, 150, {}, languages=MANY, declared=CHANNELS, of_invited=0.25),
]
