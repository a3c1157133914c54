"""Whether an address declined a wave, asked as a sample asks: by its keyed hash."""

from cxportal.dispatch.addresses import address_hash, normal_address
from surveys import declining
from surveys.models import Wave


def has_declined(wave: Wave, address: str) -> bool:
    channel = declining.channel_of(address)
    digest = address_hash(normal_address(address, channel), channel)
    return declining.declines_of(wave).filter(address_hash=digest).exists()
