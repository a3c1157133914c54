"""Every message to a person: queue, claim, fence, suppression list, gateways, rates."""
