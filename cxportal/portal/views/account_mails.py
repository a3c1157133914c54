"""Which mails a member of staff gets: each decides for themselves."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.portal import weekly_digest


class MailsForm(forms.Form):
    weekly_digest = forms.BooleanField(
        required=False,
        label=gettext_lazy("Send me a mail every Monday with what is new in the results I may read"),
    )


@login_required
def mails(request: HttpRequest) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = MailsForm(sent, initial={"weekly_digest": request.user.weekly_digest})
    if form.is_valid():
        weekly_digest.choose(user=request.user, wants_digest=form.cleaned_data["weekly_digest"])
        messages.success(request, _("Saved."))
        return redirect("account_mails")
    return render(request, "account/mails.html", {"form": form})
