"""What stands in a text that must not be seen by everybody, and whether the text may be rubbish.

`screen` marks places and counts nothing as certain: a mark hides, a person decides. docs/screening.md says what it finds,
how often it is wrong, and what it cannot find.
"""

from feedback.screening.screen import Found, Screened, Screener, screen, wants_a_look

__all__ = ["Found", "Screened", "Screener", "screen", "wants_a_look"]
