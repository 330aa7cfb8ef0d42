"""What lists say while they are empty, and what forms say of fields that a newcomer asks about."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from laseros.languages import Text

# By the model's label: what an empty list is for, and what fills it.
NOTHING_YET: dict[str, Text] = {
    "projects_app.project": _(
        "Each job for a client is a project, from the request for a quote to the finished parts. "
        "Add the first one; its client is added on the way."
    ),
    "projects_app.client": _(
        "Whoever orders stands here. Add a client, or import the list that you keep."
    ),
    "projects_app.part": _(
        "Products that you cut again and again stand here once; projects then name how many of "
        "each they need."
    ),
    "projects_app.designfile": _(
        "Drawings (DXF) are added on the page of their project, under “Parts and drawings”."
    ),
    "projects_app.document": _(
        "Quotes, invoices and proofs of payment are added on the page of their project, under "
        "“Documents”."
    ),
    "presets_app.machinesettingspreset": _(
        "A preset is the machine's settings for a material and a thickness. Add one, or import "
        "the spreadsheet or the LightBurn library that you have."
    ),
    "presets_app.material": _(
        "Projects and presets name their material from this list. Add one, with the other names "
        "that it is known by."
    ),
    "queue_app.queueitem": _(
        "No job waits or runs. A project comes into the queue from its own page, once its proof "
        "of payment is recorded."
    ),
    "queue_app.laserrun": _("Each finished cut stands here once an operator has completed a job."),
    "operators_app.flag": _(
        "Nothing to settle. What a phone reports late, and what contradicts the log, is shown "
        "here to be accepted or rejected."
    ),
    "operators_app.operator": _(
        "Whoever cuts is an operator, with a sign-in for the phone. Add the first one."
    ),
    "operators_app.session": _("Nobody is signed in on a phone."),
    "operators_app.loginrecord": _("Nobody has signed in, or tried to, yet."),
    "operators_app.activitylog": _("Every change of the shop is written down here."),
    "axes.accessattempt": _("No sign-in has failed."),
    "django_q.ormq": _("No background work waits; all is done."),
    "django_q.success": _("No background work has been done yet."),
    "django_q.failure": _("No background work has failed."),
    "django_q.schedule": _("No work is done by the clock."),
}

# By the model's name and the field.
HELP: dict[str, Text] = {
    "project.name": _("What it is, in a few words, as the client would call it."),
    "project.description": _(
        "What is to be made. It is printed on the quote and on the delivery note; what the client "
        "shall not read belongs into the notes."
    ),
    "project.due_date": _("When the client expects the parts."),
    "project.material_quantity_sheets": _("How many whole sheets the job takes."),
    "project.estimated_cut_time": _("Of the whole job, all sheets together."),
    "project.drawing_creation_time": _("What drawing it took, or will take."),
    "project.preset": _("The settings that the operator starts with."),
    "project.quoted_price": _(
        "For the whole job. Setting it moves a request to “Quote & Approval”."
    ),
    "project.final_price": _("What was invoiced in the end, where it differs from the quote."),
    "project.approval_date": _("When the client said yes."),
    "project.pop_deadline": _("POP is the proof of payment: by this day the job should be cut."),
    "client.contact_person": _("Whom quotes are addressed to."),
    "client.email": _("Where quotes and delivery notes are sent."),
    "part.description": _("What one needs to know to make it: finish, tolerances, packing."),
    "material.density": _("For the weight of parts."),
    "machinesettingspreset.preset_name": _(
        "As operators look for it, such as “Mild Steel 3 mm, fine”."
    ),
    "machinesettingspreset.power": _("Of the machine's full power, from 0 to 100."),
    "machinesettingspreset.focus_offset": _("Above (+) or below (−) the sheet's surface."),
    "machinesettingspreset.is_active": _("Switch off what is not used any more; nothing is lost."),
    "queueitem.scheduled_date": _("The day that it is planned for; empty: as its turn comes."),
    "queueitem.assigned_to": _("Who should cut it; empty: whoever is free."),
    "queueitem.estimated_cut_time": _("Empty: the project's own estimate."),
    "operator.employee_id": _("As on the payroll; each only once."),
    "operator.user": _("The account that this person signs in with."),
}  # fmt: skip
