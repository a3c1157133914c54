"""The address of the visitor behind the proxies that CX_TRUSTED_PROXIES counts."""

from django.conf import settings


class ClientAddressMiddleware:
    """Sets REMOTE_ADDR from X-Forwarded-For, trusting only as many entries as we run proxies ourselves."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.TRUSTED_PROXIES:
            chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
            if chain[0] and len(chain) >= settings.TRUSTED_PROXIES:
                request.META["REMOTE_ADDR"] = chain[-settings.TRUSTED_PROXIES]
        return self.get_response(request)
