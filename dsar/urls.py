"""The addresses of the rights: a person's under /requests/, /preferences/ and /retention/, the team's under /desk/."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from dsar.views import (
    agents,
    appeals,
    certificate,
    compliance,
    confirming,
    correcting,
    delivery,
    filing,
    gpc,
    intake,
    keys,
    look,
    narrowing,
    person,
    preferences,
    previewing,
    receipts,
    retention,
    rights,
    sealing,
    stopping,
    talking,
    unsubscribing,
)
from dsar.views.desk import agents as desk_agents
from dsar.views.desk import (
    assigning,
    audit,
    case,
    datamap,
    deciding,
    holding,
    purging,
    queue,
    record,
    redaction,
    releasing,
    seconding,
    settings,
    team,
    templating,
    view_keeping,
)
from dsar.views.desk import correcting as desk_correcting
from dsar.views.desk import stopping as desk_stopping
from dsar.views.desk import talking as desk_talking
from dsar.views.desk.figures import dashboard, digest, metrics
from dsar.views.held import pages as held

app_name = "dsar"


class ReferenceConverter(StringConverter):
    """A request's reference. Nothing else is looked up: a NUL byte is no empty answer to PostgreSQL, but an error."""

    regex = "[0-9A-Z-]{1,20}"


class TokenConverter(StringConverter):
    """A signed token (dsar.actions.unsubscribing)."""

    regex = "[0-9A-Za-z._-]{1,300}"


class NameConverter(StringConverter):
    """A name of the data map."""

    regex = r"[^/\x00]+"


register_converter(ReferenceConverter, "reference")
register_converter(NameConverter, "name")
register_converter(TokenConverter, "token")

urlpatterns = [
    path("requests/", person.index, name="requests"),
    path("requests/new/", intake.what, name="start"),
    path("requests/new/question/", intake.question, name="question"),
    path("requests/new/dispute/", intake.dispute, name="dispute"),
    path("requests/new/objection/", stopping.objection, name="objection"),
    path("requests/new/restriction/", stopping.restriction, name="restriction"),
    path("requests/new/narrow/", narrowing.narrow, name="narrow"),
    path("requests/new/agent/", agents.agent, name="agent"),
    path("requests/agent/<reference:reference>/<token:token>/", agents.answer_agent, name="answer_agent"),
    path("requests/new/who/", intake.who, name="who"),
    path("requests/new/check/", filing.check, name="check"),
    path("requests/confirm/<reference:reference>/", confirming.confirm, name="confirm"),
    path("requests/<reference:reference>/", person.page, name="request"),
    path("requests/<reference:reference>/filed/", filing.filed, name="filed"),
    path("requests/<reference:reference>/progress/", person.progress, name="progress"),
    path("requests/<reference:reference>/withdraw/", person.withdraw, name="withdraw"),
    path("requests/<reference:reference>/take-back/", stopping.take_back, name="take_back"),
    path("requests/<reference:reference>/no-copy/", person.refuse_copy, name="refuse_copy"),
    path("requests/<reference:reference>/correct/", correcting.correct, name="correct"),
    path("requests/<reference:reference>/for-agent/", agents.for_agent, name="for_agent"),
    path("requests/<reference:reference>/appeal/", appeals.appeal, name="appeal"),
    path("requests/<reference:reference>/download/", delivery.download, name="download"),
    path("requests/<reference:reference>/preview/", previewing.shelves, name="preview"),
    path(
        "requests/<reference:reference>/preview/<name:dataset>/<name:collection>/",
        previewing.rows,
        name="preview_rows",
    ),
    path(
        "requests/<reference:reference>/preview/<name:dataset>/<name:collection>/<int:number>/",
        previewing.entry,
        name="preview_entry",
    ),
    path("requests/<reference:reference>/seal/", sealing.seal, name="seal"),
    path("requests/<reference:reference>/message/", talking.message, name="message"),
    path("requests/<reference:reference>/files/<int:number>/", talking.attachment, name="attachment"),
    path("preferences/", preferences.page, name="preferences"),
    path("retention/", retention.page, name="retention"),
    path("data/", held.index, name="held"),
    path("data/<slug:kind>/", held.kind, name="held_kind"),
    path("rights/", rights.rights, name="rights"),
    path("unsubscribe/<token:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("receipt/<token:token>/", receipts.receipt, name="receipt"),
    path("compliance/", compliance.page, name="compliance"),
    path("compliance/figures.json", compliance.as_json, name="compliance_json"),
    path("certificate/", certificate.certificate, name="certificate"),
    path(".well-known/gpc.json", gpc.support, name="gpc"),
    path("bundle-key.txt", keys.bundle_key, name="bundle_key"),
    path("look.css", look.colours, name="colours"),
    path("logo.png", look.logo, name="logo"),
    path("desk/", queue.index, name="queue"),
    path("desk/assign/", assigning.assign_selected, name="assign_selected"),
    path("desk/release/", releasing.release_selected, name="release_selected"),
    path("desk/views/", view_keeping.save, name="save_view"),
    path("desk/views/<int:pk>/delete/", view_keeping.delete, name="delete_view"),
    path("desk/dashboard/", dashboard.page, name="dashboard"),
    path("desk/dashboard/<slug:name>.csv", dashboard.table, name="dashboard_table"),
    path("desk/team/", team.index, name="team"),
    path("desk/team/invite/", team.invite, name="team_invite"),
    path("desk/team/<int:member>/", team.member, name="team_member"),
    path("desk/settings/", settings.index, name="settings"),
    path("desk/settings/history/", settings.history, name="settings_history"),
    path("desk/settings/undo/<int:change>/", settings.undo, name="settings_undo"),
    path("desk/settings/<slug:name>/", settings.edit, name="settings_edit"),
    path("desk/dashboard/digest/", digest.choose, name="digest"),
    path("desk/california/", metrics.page, name="california"),
    path("desk/california.csv", metrics.as_csv, name="california_csv"),
    path("desk/california.json", metrics.as_json, name="california_json"),
    path("desk/holds/", holding.index, name="holds"),
    path("desk/purges/", purging.page, name="purges"),
    path("desk/purges/approve/", purging.approve_report, name="approve_purge"),
    path("desk/purges/count/", purging.count, name="count_purge"),
    path("desk/audit/", audit.page, name="audit"),
    path("desk/audit/find/", audit.find, name="audit_find"),
    path("desk/audit/verify/", audit.verify, name="audit_verify"),
    path("desk/audit.csv", audit.export, {"form": "csv"}, name="audit_csv"),
    path("desk/audit.jsonl", audit.export, {"form": "jsonl"}, name="audit_jsonl"),
    path("desk/record/", record.page, name="record"),
    path("desk/record.pdf", record.printed, name="record_pdf"),
    path("desk/record.csv", record.as_file, {"form": "csv"}, name="record_csv"),
    path("desk/record.json", record.as_file, {"form": "json"}, name="record_json"),
    path("desk/datamap/check/", datamap.check, name="check_datamap"),
    path("desk/datamap/collection/", datamap.collection, name="datamap_collection"),
    path("desk/datamap/", datamap.page, name="datamap"),
    path("desk/datamap.svg", datamap.picture, name="datamap_picture"),
    path("desk/templates/", templating.templates, name="templates"),
    path("desk/templates/<int:number>/delete/", templating.delete, name="delete_template"),
    path("desk/<reference:reference>/", case.page, name="case"),
    path("desk/<reference:reference>/assign/", assigning.assign, name="assign"),
    path("desk/<reference:reference>/looking/", assigning.looking_still, name="looking"),
    path("desk/<reference:reference>/sample/<name:dataset>/<name:collection>/", case.sample, name="sample"),
    path("desk/<reference:reference>/correction/", desk_correcting.page, name="correction"),
    path("desk/<reference:reference>/correction/proof/", desk_correcting.proof, name="proof"),
    path("desk/<reference:reference>/correction/approve/", desk_correcting.approve, name="approve_correction"),
    path("desk/<reference:reference>/redaction/", redaction.page, name="redaction"),
    path("desk/<reference:reference>/redaction/decide/", redaction.decide, name="redaction_decide"),
    path("desk/<reference:reference>/redaction/add/", redaction.add, name="redaction_add"),
    path("desk/<reference:reference>/redaction/rest/", redaction.show_rest, name="redaction_rest"),
    path("desk/<reference:reference>/redaction/pack/", redaction.pack_anew, name="redaction_pack"),
    path("desk/<reference:reference>/hold/", holding.hold, name="hold"),
    path("desk/<reference:reference>/hold/end/", holding.end, name="end_hold"),
    path("desk/<reference:reference>/second/<int:proposal>/confirm/", seconding.confirm, name="confirm_proposal"),
    path("desk/<reference:reference>/second/<int:proposal>/refuse/", seconding.refuse, name="refuse_proposal"),
    path("desk/<reference:reference>/second/<int:proposal>/withdraw/", seconding.take_back, name="withdraw_proposal"),
    path("desk/<reference:reference>/approve/", deciding.approve, name="approve"),
    path("desk/<reference:reference>/look-again/", deciding.look_again, name="look_again"),
    path("desk/<reference:reference>/release/", deciding.release, name="release"),
    path("desk/<reference:reference>/deny/", deciding.deny, name="deny"),
    path("desk/<reference:reference>/retry/", deciding.retry, name="retry"),
    path("desk/<reference:reference>/exception/", deciding.exception, name="exception"),
    path("desk/<reference:reference>/answer/", deciding.answer, name="answer"),
    path("desk/<reference:reference>/conclude/", deciding.conclude, name="conclude"),
    path("desk/<reference:reference>/agent/permission/", desk_agents.permission, name="agent_permission"),
    path("desk/<reference:reference>/agent/accept/", desk_agents.accept, name="accept_agent"),
    path("desk/<reference:reference>/agent/refuse/", desk_agents.refuse, name="refuse_agent"),
    path("desk/<reference:reference>/appeal/", deciding.decide_appeal, name="decide_appeal"),
    path("desk/<reference:reference>/message/", desk_talking.tell, name="tell"),
    path("desk/<reference:reference>/note/", desk_talking.write_note, name="write_note"),
    path("desk/<reference:reference>/files/<int:number>/", desk_talking.attachment, name="desk_attachment"),
    path("desk/<reference:reference>/go-on/", desk_talking.go_on, name="go_on"),
    path("desk/<reference:reference>/extend/", desk_talking.extend, name="extend"),
    path("desk/<reference:reference>/grant/", desk_stopping.grant, name="grant"),
    path("desk/<reference:reference>/lift/", desk_stopping.lift, name="lift"),
    path("desk/<reference:reference>/keep/", desk_stopping.keep, name="keep"),
]
