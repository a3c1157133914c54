from cxportal.organisation.models import Agency


def portal(request):
    return {"agency": Agency.current()}
