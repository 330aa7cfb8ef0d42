"""The base of every model's admin: a surface over the verbs, never a back door.

What a form changed is handed to `edit` (or to the special verb of a subclass, see
`perform_save`); nothing is saved beside it. A refusal re-renders the form with the sentence and
with everything the person typed.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten, unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect
from unfold.admin import ModelAdmin
from unfold.decorators import display

from laseros.errors import Changed, LaserOSError, NotAllowed
from laseros.languages import Text
from laseros.tracking import Tracked
from operators_app.admin_actions import BACK, delete_selected, own_page, verb_call
from operators_app.admin_inlines import (
    VerbTabularInline,
    become_stored,
    form_changes,
    rows_to_save,
)
from operators_app.admin_lists import QuickChangeList, checkbox_of, choose_all
from operators_app.admin_numbers import LOCAL_NUMBERS
from operators_app.admin_refusals import RefusalMixin, files_to_send_again
from operators_app.admin_texts import HELP, NOTHING_YET
from operators_app.admin_versions import version_context, version_told
from operators_app.models import Role
from operators_app.verbs import delete, edit

log = logging.getLogger("laseros.admin")
DjangoAdmin: Any = admin.ModelAdmin  # as untyped as unfold's, which is built on it
VERSION_FIELD = "_row_version"
HANDS_OFF = _("This is shown only; it cannot be changed here.")


def may_manage(request: HttpRequest) -> bool:
    """Tell whether a manager or an admin is signed in."""
    return getattr(request.user, "role", None) in {Role.ADMIN, Role.MANAGER}


def seen_version(request: HttpRequest) -> dt.datetime | None:
    """Return the version of the row that the person had before their eyes, from the form."""
    return version_told(request.POST.get(VERSION_FIELD, ""))


class LocklessAdmin(DjangoAdmin):
    """Takes forms without Django's transaction around all of it.

    On SQLite a transaction holds the write lock from its beginning, and a logo is drawn, a
    password hashed in there. `VerbModelAdmin.save_related` opens one around the verbs alone.
    """

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show and save the form as Django shows it."""
        return self._changeform_view(request, object_id, form_url, extra_context)


class VerbModelAdmin(ModelAdmin, LocklessAdmin):
    """A model's admin whose every change is a verb."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    list_filter_submit = False
    counts_entries = False  # below the list, where the plural's name is no word for several rows
    list_only: tuple[str, ...] = ()  # the columns that the list reads; none: all of them
    formfield_overrides = LOCAL_NUMBERS
    list_before_template = "admin/list_shown.html"
    list_sections = ()  # looked for in every row, and dearly where it is not there
    change_form_before_template = "admin/row_version.html"

    # --- Lists ---

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuickChangeList]:
        """Return the list, which works out once what is the same in every row."""
        return QuickChangeList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list; an address that asks a column for what it cannot hold is a wrong one."""
        try:
            return super().get_changelist_instance(request)
        except (DataError, ValueError) as error:  # such as a network address that is none
            if not set(request.GET) - {ERROR_FLAG}:
                raise  # nothing was asked of a column: the fault is ours
            log.info("A list was asked for what a column cannot hold.", exc_info=True)
            raise IncorrectLookupParameters from error

    @display(description=choose_all)
    def action_checkbox(self, obj: models.Model) -> SafeString:
        """Return what chooses a row."""
        return checkbox_of(obj)

    @display(description=_("last change in the log"))
    def last_entry(self, row: Any) -> SafeString | str:
        """Lead from a row to the entry of the log that changed it last."""
        if not row.pk or not row.seq:
            return "–"
        address = reverse("admin:operators_app_activitylog_change", args=(row.seq,))
        number = _("no. %(number)s") % {"number": row.seq}
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, number
        )

    # --- Saving ---

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Carry out the verb for what the form says and return the row's id; override as needed."""
        call = verb_call(request)
        call["updated_at"] = seen_version(request) if change else None
        changes = form_changes(form, change)
        return int(edit(self.model, obj.pk if change else None, changes, **call).data["id"])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Leave it to `save_related`, which Django calls next: it saves all or nothing."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the row and its inlines in one transaction.

        Many-to-many fields go with the row itself. In the end `form.instance` is the stored row.
        """
        with transaction.atomic():
            pk = self.perform_save(request, form.instance, form, change)
            become_stored(form.instance, pk)
            for formset in formsets:
                self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save new, changed and deleted rows of an inline, each through a verb."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        inline: VerbTabularInline = formset.inline_admin
        for row_form, gone in rows_to_save(formset):
            obj, adding = row_form.instance, row_form.instance.pk is None
            if gone:
                inline.perform_delete(request, obj, form.instance)
                formset.deleted_objects.append(obj)
                continue
            try:
                pk = inline.perform_save(request, obj, row_form, not adding, form.instance)
            except LaserOSError as refusal:
                refusal.row = row_form.prefix  # type: ignore[attr-defined]
                raise
            become_stored(obj, pk)
            if adding:
                formset.new_objects.append(obj)
            else:
                formset.changed_objects.append((obj, row_form.changed_data))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give long texts a box of a few lines, and fields the help that a newcomer needs."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return None
        if isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = 4
        field.help_text = field.help_text or HELP.get(f"{self.opts.model_name}.{db_field.name}", "")
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the form's blocks; a new row has nothing to show in one that only shows."""
        found = super().get_fieldsets(request, obj)
        if obj is not None:
            return found
        shown = set(self.get_readonly_fields(request, obj))
        return tuple(one for one in found if not shown.issuperset(flatten(one[1]["fields"])))

    @property
    def nothing_yet(self) -> Text:
        """What the list is for and what fills it, for as long as it is empty."""
        return NOTHING_YET.get(self.opts.label_lower, "")

    # --- Refusals and versions ---

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form class, which shows a verb's refusal where there was one."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(form)(form.__name__, (RefusalMixin, form), {"refusal": refusal})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show and save the form; what a verb refuses is rolled back whole and shown in it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except LaserOSError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Put the row's version into the form: the one seen, or the new one once that is told."""
        obj = kwargs.get("obj")
        if names := files_to_send_again(request, context):
            messages.warning(request, _("Choose the file once more: %(name)s.") % {"name": names})
        if obj is not None and obj.pk and self.carries_what_was_seen(obj):
            told = isinstance(getattr(request, "refusal", None), Changed)
            context.update(version_context(request, obj, told))
        return super().render_change_form(request, context, *args, **kwargs)

    def carries_what_was_seen(self, obj: models.Model) -> bool:
        """Tell whether the form carries along what its reader saw, so that two may save the row."""
        return isinstance(obj, Tracked)

    # --- Deleting ---

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not what has a code of its own: the verb would refuse it."""
        kept = issubclass(self.model, Tracked) and self.model.is_kept
        return not kept and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete through the verb, which refuses what has history."""
        delete(self.model, obj.pk, **verb_call(request))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete each row through the verb."""
        for obj in queryset:
            self.delete_model(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Ask, then delete; a refusal leads back to the row with the sentence."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except LaserOSError as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.change_url(unquote(object_id)))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """List what was chosen; whether it may go, the verb tells."""
        named = [str(obj) for obj in objs[:100]]
        counts = {str(self.opts.verbose_name_plural): len(objs)}
        return named, counts, set(), []

    def get_actions(self, request: HttpRequest) -> Any:
        """Return the actions this role may do; deleting goes through the verb."""
        actions = super().get_actions(request)
        if "delete_selected" in actions:
            _, name, description = actions["delete_selected"]
            actions["delete_selected"] = (delete_selected, name, description)
        return actions

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> Any:
        """Lead back to the page that somebody came from to fill something in, else to the list."""
        back = own_page(request, request.GET.get(BACK, ""))
        if back:
            return HttpResponseRedirect(back)
        return super().response_post_save_change(request, obj)

    # --- Actions of a row ---

    def is_legal(self, action: str, row: Any) -> bool:
        """Tell whether an action of the row's form makes sense now; the verb judges in the end."""
        return True

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Return the form's actions that this role may do and that the row's state allows."""
        actions = super().get_actions_detail(request, object_id)
        row = self.get_object(request, unquote(str(object_id))) if actions else None
        if row is None:
            return []
        for one in actions:
            caption = getattr(one.method, "caption", None)
            one.description = caption(row) if caption else one.description
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [one for one in actions if self.is_legal(one.action_name.removeprefix(prefix), row)]

    # --- Addresses ---

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Lead whoever follows an old link to the list, with a sentence."""
        told = _(
            "There is no such %(what)s any more, or the address is mistyped. Look for it here."
        )
        messages.warning(request, told % {"what": opts.verbose_name})
        return HttpResponseRedirect(
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        )

    def change_url(self, pk: Any) -> str:
        """Return the address of a row's form."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(pk,))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the entries of the log about this row: they are its history."""
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404
        log = reverse("admin:operators_app_activitylog_changelist")
        query = f"target_type__exact={self.opts.model_name}&target_id__exact={unquote(object_id)}"
        return HttpResponseRedirect(f"{log}?{query}")


def one_line(text: str) -> SafeString:
    """Return a code for a list, kept on one line."""
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


class ReadOnlyMixin:
    """Shows rows; nobody adds, changes or deletes them here."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False


class ReadOnlyAdmin(ReadOnlyMixin, VerbModelAdmin):
    """A model's admin that only shows."""

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Refuse."""
        raise NotAllowed(HANDS_OFF)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Refuse."""
        raise NotAllowed(HANDS_OFF)
