from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.admin_base import TranslatedAdmin
from cxportal.organisation.models import Role
from cxportal.portal.models import PublicPage


@admin.register(PublicPage)
class PublicPageAdmin(TranslatedAdmin):
    description = _(
        "What every visitor can read at the foot of each page. Write your own text, or keep the shipped one."
    )
    roles_view = roles_change = (Role.CX_TEAM, Role.ADMINISTRATOR)
    list_display = ["__str__", "has_own_text", "updated_on"]
    readonly_fields = ["updated_on"]

    @admin.display(description=_("own text"), boolean=True)
    def has_own_text(self, page: PublicPage) -> bool:
        return bool(page.own_body.text)

    def view_on_site(self, page: PublicPage) -> str:
        return page.get_absolute_url()
