"""The key of the suppression list must not be lost: without it nobody who opted out is known."""

from cxportal.dispatch.addresses import keys_in_use
from cxportal.keys.expected import expect

expect(needed=keys_in_use)
