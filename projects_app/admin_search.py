"""The search box of the back office, on every page of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from laseros.search import all_in, folded
from projects_app.models import Client, Project
from projects_app.search import Found, find, searched

SHOWN_PAGES = 4


class SearchedMixin:
    """Lets a list of projects or clients be searched as the box searches them."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows that have all words of the term, each once."""
        return (searched(queryset, search_term) if search_term.strip() else queryset), False


def search(request: HttpRequest) -> HttpResponse:
    """Answer the box: with the list of what was found, or by leading to it.

    The script asks for `part=1`, a fragment of HTML. A box that was sent off leads to the only
    thing found or to the project whose code was typed, else to the list of projects.
    """
    query = request.GET.get("q", "").strip()
    found = find(query, projects=_may_see(request, Project), clients=_may_see(request, Client))
    if not request.GET.get("part"):
        return HttpResponseRedirect(_destination(found, query))
    pages = _pages(request, found.words)
    context = {
        "query": query, "found": found, "pages": pages, "everything": _list_of(query),
        "count": len(found.projects) + len(found.clients) + len(pages),
    }  # fmt: skip
    return render(request, "admin/search_results.html", context)


def _may_see(request: HttpRequest, model: Any) -> bool:
    return bool(admin.site.get_model_admin(model).has_view_permission(request))


def _destination(found: Found, query: str) -> str:
    """Return where a box that was sent off leads."""
    best = found.projects[:1]
    if best and (best[0].rank(found.words) == 0 or len(found.projects) + len(found.clients) == 1):
        return reverse("admin:projects_app_project_change", args=(best[0].pk,))
    if len(found.clients) == 1 and not found.projects:
        return reverse("admin:projects_app_client_change", args=(found.clients[0].pk,))
    return _list_of(query)


def _list_of(query: str) -> str:
    """Return the address of the list of projects, searched."""
    listed = reverse("admin:projects_app_project_changelist")
    return f"{listed}?{urlencode({'q': query})}" if query else listed


def _pages(request: HttpRequest, words: list[str]) -> list[dict[str, Any]]:
    """Return the pages of the sidebar that have all the words in their titles."""
    site: Any = admin.site
    items = [item for group in site.get_sidebar_list(request) for item in group["items"]]
    fits = [item for item in items if words and all_in(words, folded(str(item["title"])))]
    return fits[:SHOWN_PAGES]
