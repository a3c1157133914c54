"""The address of a way in: as a link, as words on paper, as a QR code."""

import io

import segno
from django.conf import settings
from django.urls import reverse

from surveys.models import Collector

CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
DOT = 20
"""Pixels of one dot in the PNG: sharp on an A4 sheet."""


def address_of(collector: Collector) -> str:
    return f"{settings.BASE_URL}{reverse('survey_short', args=[collector.address])}"


def to_read(address: str) -> str:
    """Without what nobody types."""
    return address.partition("://")[2]


def qr_file(address: str, kind: str) -> bytes:
    file = io.BytesIO()
    _qr(address).save(file, kind=kind, scale=DOT, border=4)
    return file.getvalue()


def _qr(address: str) -> segno.QRCode:
    return segno.make_qr(address, error="m")
