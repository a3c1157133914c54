"""Sums that every figure is made of. Nobody reads them but `surveys.publications`; release alone writes them."""

from django.db import models

from surveys.models.wave import Wave


class Tally(models.Model):
    """How often one value was given to one question in one cell of one breakdown.

    question ""        how many responses there are
    value ""           how many answers with a number, their sum and the sum of their squares
    breakdown ""       everybody; a pair of breakdowns is written "unit×language", its cell "A×fi"
    """

    ALL = ""
    TIMES = "×"

    pk = models.CompositePrimaryKey("wave_id", "question", "value", "breakdown", "cell")
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="tallies")
    question = models.CharField(max_length=82, blank=True)
    value = models.CharField(max_length=60, blank=True)
    breakdown = models.CharField(max_length=120, blank=True)
    cell = models.CharField(max_length=260, blank=True)
    n = models.BigIntegerField()
    total = models.FloatField(default=0)
    squares = models.FloatField(default=0)

    class Meta:
        verbose_name = "tally"
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.question} {self.value} {self.n}"
