"""A gateway without a wire: says to each recipient what the test told it to say."""

from cxportal.dispatch.gateways.base import Gateway, Outcome


class FakeGateway(Gateway):
    def __init__(self, outcome=None, *, before_fence=lambda message: None, after_fence=lambda message: None):
        self.outcome = outcome or Outcome.accepted()
        self.before_fence = before_fence
        self.after_fence = after_fence
        self.sent = []

    def hand_over(self, message, fence):
        self.before_fence(message)
        if not fence():
            return Outcome.withheld()
        self.sent.append(message.address)
        self.after_fence(message)
        return self.outcome
