"""Why rows were refused is read in the reader's language, not in the uploader's."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client as Browser
from django.utils import translation

from operators_app.models import Operator
from tests.sheets import PRESETS, STEEL, confirm, send, upload_of, workbook

CLIENTS = ("Code", "Name", "E-mail", "Odd heading")
BAD = [("", "New", "no address", ""), ("CL0099", "Other", "", ""), ("", "", "a@b.example", "")]


@pytest.fixture
def desk(mary: Operator) -> Browser:
    """The manager's browser."""
    browser = Browser()
    assert mary.user is not None
    browser.force_login(mary.user)
    return browser


def reasons(page: Any) -> dict[tuple[int, str], str]:
    """Return what a page says of refused rows, by row and column."""
    refused = page.context["refused"]
    return {(number, column): said for number, problems, _cells in refused
            for column, said in problems}  # fmt: skip


def in_german(desk: Browser, address: str) -> Any:
    """Return a page as a German reader is given it."""
    with translation.override("de"):  # the request would leave its language to other tests
        return desk.get(address, headers={"accept-language": "de"})


def test_reasons_are_told_in_the_language_of_whoever_reads_them(desk: Browser) -> None:
    table = [("", "Good", "", ""), *BAD]
    page = send(desk, workbook(table, CLIENTS), to="projects_app_client")
    confirm(desk, page, "good")
    address = page.request["PATH_INFO"]
    english = reasons(desk.get(address))
    german = reasons(in_german(desk, address))
    assert english[3, "E-mail"] == "Enter a valid email address."
    assert "There is no “CL0099”" in english[4, "Code"]
    assert list(english) == list(german)
    assert all(german[place] != said for place, said in english.items())
    assert "gültige E-Mail" in german[3, "E-mail"]
    sheet = in_german(desk, address.replace("change/", "refused/"))
    page_of_it: Any = openpyxl.load_workbook(io.BytesIO(sheet.content)).active
    assert german[3, "E-mail"] in str(list(page_of_it.values)[1][-1])


def test_cells_and_materials_are_told_in_both_languages(desk: Browser) -> None:
    rows = [("A", "Unobtainium", *STEEL[2:]), ("B", "Mild Steel", "thick", *STEEL[3:]),
            ("C", "Mild Steel", 3, 0.5, *STEEL[4:]), ("D", *STEEL[1:9], "perhaps"),
            ("E", "Mild Steel", 3, 80, "3 mph", *STEEL[5:]), ("F", *STEEL[1:3], 120, *STEEL[4:]),
            ("G", *STEEL[1:]), ("G", *STEEL[1:]), ("", *STEEL[1:])]  # fmt: skip
    page = send(desk, workbook(rows), to=PRESETS)
    english = reasons(page)
    german = reasons(in_german(desk, page.request["PATH_INFO"]))
    assert len(english) == len(german) >= 8
    assert all(german[place] != said for place, said in english.items())


def test_reasons_kept_in_one_language_are_still_told(desk: Browser) -> None:
    page = send(desk, workbook(BAD, CLIENTS), to="projects_app_client")
    upload = upload_of(page)
    upload.report["refused"] = [[2, [["E-mail", "Enter a valid email address."]], ["x"]]]
    upload.save()
    german = in_german(desk, page.request["PATH_INFO"])
    assert reasons(german) == {(2, "E-mail"): "Enter a valid email address."}


def test_what_is_wrong_with_a_heading_is_told_in_the_readers_language(desk: Browser) -> None:
    page = send(desk, workbook([("A", "B")], ("Name", "Company")), to="projects_app_client")
    (question,) = page.context["questions"]
    assert question["problem"] == "“Name” already is the column Name."
    german = in_german(desk, page.request["PATH_INFO"])
    (question,) = german.context["questions"]
    assert question["problem"].startswith("„Name“ ist")
