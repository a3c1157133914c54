from django.urls import path

from cxportal.dispatch import views

app_name = "dispatch"
# pages for people: the language stands before them
urlpatterns = [path("u/<str:token>/", views.one_click_unsubscribe, name="unsubscribe")]
# addresses for machines
machine_urlpatterns = ([path("sms-report/", views.sms_report, name="sms_report")], "dispatch_machine")
