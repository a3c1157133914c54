"""The keys of waves that take answers: without its key a wave pauses."""

from cxportal.keys.expected import expect
from surveys.models import Wave


def keys_of_running_waves() -> list[str]:
    return list(
        Wave.objects.filter(state__in=[Wave.State.OPEN, Wave.State.PAUSED]).values_list("key_name", flat=True)
    )


expect(needed=keys_of_running_waves)
