"""Pages of the staff: what is sent, what became of it, what waits for a decision."""

from cxportal.dispatch.admin.gateways import GatewayAdmin, SuppressionAdmin
from cxportal.dispatch.admin.mailings import BatchAdmin
from cxportal.dispatch.admin.messages import MessageAdmin

__all__ = ["BatchAdmin", "GatewayAdmin", "MessageAdmin", "SuppressionAdmin"]
