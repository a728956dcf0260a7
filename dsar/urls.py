"""The addresses of the rights: a person's under /requests/, the team's under /desk/."""

from django.urls import path

from dsar.views import confirming, delivery, filing, intake, person
from dsar.views.desk import case, deciding, queue

app_name = "dsar"

urlpatterns = [
    path("requests/", person.index, name="requests"),
    path("requests/new/", intake.what, name="start"),
    path("requests/new/question/", intake.question, name="question"),
    path("requests/new/who/", intake.who, name="who"),
    path("requests/new/check/", filing.check, name="check"),
    path("requests/confirm/<str:reference>/", confirming.confirm, name="confirm"),
    path("requests/<str:reference>/", person.page, name="request"),
    path("requests/<str:reference>/filed/", filing.filed, name="filed"),
    path("requests/<str:reference>/progress/", person.progress, name="progress"),
    path("requests/<str:reference>/withdraw/", person.withdraw, name="withdraw"),
    path("requests/<str:reference>/download/", delivery.download, name="download"),
    path("desk/", queue.index, name="queue"),
    path("desk/<str:reference>/", case.page, name="case"),
    path("desk/<str:reference>/sample/<str:dataset>/<str:collection>/", case.sample, name="sample"),
    path("desk/<str:reference>/approve/", deciding.approve, name="approve"),
    path("desk/<str:reference>/release/", deciding.release, name="release"),
    path("desk/<str:reference>/deny/", deciding.deny, name="deny"),
    path("desk/<str:reference>/retry/", deciding.retry, name="retry"),
    path("desk/<str:reference>/exception/", deciding.exception, name="exception"),
    path("desk/<str:reference>/answer/", deciding.answer, name="answer"),
]
