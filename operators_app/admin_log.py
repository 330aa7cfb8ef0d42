"""The admin of the log, told in words, and of the facts that contradicted what was known."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from operators_app.admin_base import ReadOnlyAdmin
from operators_app.admin_lists import labelled
from operators_app.models import ActivityLog, Flag, FlagStatus
from operators_app.telling import NOTHING, Told, tell
from operators_app.wording import WORDS, reason_in_words, title_of

CELL = "px-2 py-1 align-top border-t border-base-200 dark:border-base-800"


class FlaggedFilter(admin.SimpleListFilter):
    """Entries that contradicted what the server knew."""

    title = _("flagged")
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer flagged entries."""
        return [("yes", _("Flagged")), ("no", _("Not flagged"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ActivityLog]
    ) -> QuerySet[ActivityLog]:
        """Keep the entries with, or without, a flag."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(flag__isnull=self.value() == "no")
        return queryset


class VerbFilter(admin.SimpleListFilter):
    """Entries of one verb."""

    title = _("what was done")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the verbs."""
        return sorted(((verb, title_of(verb)) for verb in WORDS), key=lambda one: one[1])

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ActivityLog]
    ) -> QuerySet[ActivityLog]:
        """Keep the entries of the verb."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


def in_words(entry: ActivityLog) -> Told:
    """Return an entry in words; those of a list were told together."""
    told: Told | None = getattr(entry, "told", None)
    return told or tell([entry])[0]


def linked(told: Told) -> SafeString | str:
    """Return what an entry is about, as a link where there is a page of it."""
    if not told.address:
        return told.about or NOTHING
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
        told.address,
        told.about,
    )


@admin.register(ActivityLog)
class ActivityLogAdmin(ReadOnlyAdmin):
    """Every change of the shop's state: who, when, through what, and what was before and after."""

    counts_entries = True
    list_display = ("seq", "recorded_at", "sentence", "target", "source", "is_flagged")
    list_display_links = ("seq", "recorded_at")
    list_filter = (VerbFilter, "source", FlaggedFilter, "recorded_at")
    list_select_related = ("flag",)
    search_fields = ("=seq", "verb", "target_type", "=target_id", "user__username", "=op_id")
    search_help_text = _("Number, what it is about (such as project), its id, or user name")
    fields = (
        "seq", "sentence", "target", "user", "source", "recorded_at", "performed_at",
        "effective_at", "changes", "flags", "verb", "op_id",
    )  # fmt: skip

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Tell the page's entries together."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        for entry, told in zip(changelist.result_list, tell(changelist.result_list), strict=True):
            entry.told = told
        return changelist

    @display(description=_("what happened"), ordering="verb")
    def sentence(self, entry: ActivityLog) -> str:
        """The entry as a sentence."""
        return in_words(entry).sentence

    @display(description=_("about"))
    def target(self, entry: ActivityLog) -> SafeString | str:
        """What the entry is about."""
        return linked(in_words(entry))

    @labelled("warning", description=_("flagged"))
    def is_flagged(self, entry: ActivityLog) -> Any:
        """Whether it contradicted what the server knew."""
        return _("Flagged") if entry.flagged else None

    @display(description=_("flagged for"))
    def flags(self, entry: ActivityLog) -> str:
        """Why it was flagged."""
        return ", ".join(in_words(entry).reasons) or NOTHING

    @display(description=_("before → after"))
    def changes(self, entry: ActivityLog) -> SafeString | str:
        """Each changed value, the old one and the new one."""
        changes = tell([entry], everything=True)[0].changes
        if not changes:
            return NOTHING
        lines = format_html_join(
            "",
            '<tr><td class="{0}">{1}</td><td class="{0} font-medium">{2}</td>'
            '<td class="{0} log-value">{3}</td><td class="{0}">→</td>'
            '<td class="{0} log-value">{4}</td></tr>',
            ((CELL, one.row, one.label, one.old, one.new) for one in changes),
        )
        return format_html('<div class="overflow-x-auto"><table>{}</table></div>', lines)


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin):
    """Facts that contradicted what the server knew. How to settle them, queue_app adds."""

    list_display = ("number", "about", "reasons", "status_shown", "who", "recorded")
    list_filter = ("status",)
    list_select_related = ("entry",)
    search_fields = ("=entry__seq", "note", "entry__verb", "entry__user__username")
    fields = ("sentence", "reasons", "entry", "status", "note", "resolved_by", "resolved_at")

    def is_legal(self, action: str, row: Any) -> bool:
        """An open flag can be settled, once."""
        return bool(row.status == FlagStatus.OPEN)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Tell the page's entries together."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        entries = [flag.entry for flag in changelist.result_list]
        for entry, told in zip(entries, tell(entries), strict=True):
            entry.told = told
        return changelist

    @display(description=_("no."), ordering="entry")
    def number(self, flag: Flag) -> int:
        """The number of the entry."""
        return flag.entry_id

    @display(description=_("what happened"))
    def sentence(self, flag: Flag) -> str:
        """The entry as a sentence."""
        return in_words(flag.entry).sentence

    @display(description=_("about"))
    def about(self, flag: Flag) -> str:
        """The sentence, and what it is about."""
        told = in_words(flag.entry)
        return f"{told.sentence}: {told.about}"

    @display(description=_("flagged for"))
    def reasons(self, flag: Flag) -> str:
        """Why."""
        return ", ".join(reason_in_words(reason) for reason in flag.entry.flagged)

    @display(description=_("by"), ordering="entry__user__username")
    def who(self, flag: Flag) -> str:
        """Who sent it."""
        return in_words(flag.entry).who

    @display(description=_("recorded"), ordering="entry__recorded_at")
    def recorded(self, flag: Flag) -> Any:
        """When the server got it."""
        return flag.entry.recorded_at

    @labelled(
        {
            FlagStatus.OPEN: "warning",
            FlagStatus.ACCEPTED: "success",
            FlagStatus.REJECTED: "danger",
        },
        description=_("status"),
        ordering="status",
    )
    def status_shown(self, flag: Flag) -> tuple[str, str]:
        """The status, coloured."""
        return flag.status, flag.get_status_display()
