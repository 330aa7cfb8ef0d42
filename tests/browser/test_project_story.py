"""A project from the request to the paper, told and done on its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect
from pypdf import PdfReader

from laseros import clock
from operators_app.models import Operator
from operators_app.verbs import edit
from presets_app.models import Material
from projects_app.models import Client, Document, Project, ProjectStatus
from tests.browser.conftest import PHONE, SignIn, has_no_sideways_scroll
from tests.conftest import actor
from tests.factories import make_preset, make_project
from tests.projects_app.drawings import BRACKET


@pytest.fixture
def asked(mary: Operator) -> Project:
    """A request that a client with an e-mail address has made."""
    project = make_project(
        status=ProjectStatus.REQUEST, pop_received=False, pop_received_date=None,
        pop_deadline=None, quoted_price=None, preset=None, drawings=0,
    )  # fmt: skip
    edit(Client, project.client_id, {"email": "jane@example.com"}, by=actor(mary))
    return project


def page_of(sign_in: SignIn, project: Project) -> Page:
    """Return the project's page, opened by the manager."""
    return sign_in("mary", f"/admin/projects_app/project/{project.pk}/change/")


def test_the_story_leads_from_what_is_missing_to_the_next_step(
    sign_in: SignIn, asked: Project
) -> None:
    page = page_of(sign_in, asked)
    story = page.locator(".story")
    expect(story.locator("[aria-current=step]")).to_have_text("Request")
    story.get_by_role("link", name="drawings", exact=True).click()
    expect(page.locator("#id_new_drawings")).to_be_focused()
    page.locator("#id_description").fill("Typed, not saved")
    asked_about: list[str] = []

    def decline(dialog: Dialog) -> None:
        asked_about.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", decline)
    with page.expect_event("dialog"):
        story.get_by_role("link", name="Make quote").click()
    expect(page.locator("#id_description")).to_have_value("Typed, not saved")
    assert "not saved" in asked_about[0]
    page.once("dialog", lambda dialog: dialog.accept())
    story.get_by_role("link", name="Make quote").click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=price]").fill("15000")
    dialog.get_by_role("button", name="Make quote").click()
    now = story.locator("[aria-current=step]")
    expect(now).to_have_text("Quote & Approval", timeout=15_000)
    expect(story.get_by_text("made the quote")).to_be_visible()
    expect(story.get_by_role("link", name="Record POP")).to_be_visible()


def test_drawings_are_chosen_together_and_each_told_its_part(
    sign_in: SignIn, asked: Project
) -> None:
    page = page_of(sign_in, asked)
    dxf = {"mimeType": "application/dxf"}
    files: list[Any] = [
        {**dxf, "name": "bracket-r.dxf", "buffer": BRACKET},
        {**dxf, "name": "evil.dxf", "buffer": b"MZ"},
        {**dxf, "name": "both.dxf", "buffer": BRACKET + b" "},
    ]
    page.locator("#id_new_drawings").set_input_files(files)
    form = page.locator(".story-upload").first
    expect(form.locator(".story-chosen li")).to_have_count(3)
    expect(form.get_by_label("For the part: bracket-r.dxf")).to_contain_text("Bracket-R")
    page.once("dialog", lambda dialog: dialog.dismiss())  # the project's form leaves them behind
    page.get_by_role("button", name="Save", exact=True).click()
    expect(form.locator(".story-chosen li")).to_have_count(3)
    form.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Upload: 2 of 3 done: bracket-r.dxf, both.dxf.")).to_be_visible()
    expect(page.get_by_text("evil.dxf: The file is not a DXF")).to_be_visible()
    parts = {row.original_filename: str(row.part) for row in asked.design_files.all()}
    assert parts == {"bracket-r.dxf": "Bracket-R (PT00002)", "both.dxf": "None"}


def test_what_a_dialog_would_lose_is_asked_in_one_question(sign_in: SignIn, asked: Project) -> None:
    page = page_of(sign_in, asked)
    page.locator("#id_description").fill("Typed, not saved")
    page.evaluate(DROP, [0, ["order.dxf"]])
    told: list[str] = []

    def accept(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.accept()

    page.on("dialog", accept)
    page.locator(".story").get_by_role("link", name="Make quote").click()
    expect(page.locator("#dialog [name=price]")).to_be_visible()
    (question,) = told
    assert "This page has changes that are not saved." in question
    assert "Files were chosen but not uploaded yet." in question


def test_files_that_were_chosen_are_not_left_behind_unasked(
    sign_in: SignIn, asked: Project
) -> None:
    page = page_of(sign_in, asked)
    drawings, papers = page.locator(".story-upload").first, page.locator(".story-upload").nth(1)
    page.evaluate(DROP, [0, ["order.dxf"]])
    told: list[str] = []

    def decline(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", decline)
    with page.expect_event("dialog"):
        page.locator(".story").get_by_role("link", name="Make quote").click()
    page.evaluate(DROP, [1, ["terms.pdf"]])
    papers.get_by_label("Kind").select_option("other")
    with page.expect_event("dialog"):
        papers.get_by_role("button", name="Upload").click()
    expect(papers.get_by_role("button", name="Upload")).to_be_visible()  # not “Uploading…”
    assert told == ["Files were chosen but not uploaded yet. Go on without them?"] * 2
    expect(page.locator("#dialog")).to_be_hidden()
    assert not Document.objects.exists()
    page.remove_listener("dialog", decline)
    page.on("dialog", lambda dialog: dialog.accept())
    papers.get_by_role("button", name="Upload").click()
    expect(page.locator(".story-papers")).to_contain_text("terms.pdf")
    expect(drawings.locator(".story-chosen")).to_be_hidden()


def test_files_are_dropped_on_the_page(sign_in: SignIn, asked: Project) -> None:
    page = page_of(sign_in, asked)
    page.evaluate("""() => {
        const files = new DataTransfer();
        files.items.add(new File(["%PDF-1.7"], "order.pdf"));
        document.querySelectorAll(".story-drop")[1].dispatchEvent(
            new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
    }""")
    form = page.locator(".story-upload").nth(1)
    expect(form.locator(".story-chosen")).to_contain_text("order.pdf")
    form.get_by_label("Kind").select_option("other")
    form.get_by_role("button", name="Upload").click()
    expect(page.locator(".story-papers")).to_contain_text("order.pdf")


DROP = """([form, names]) => {
    const files = new DataTransfer();
    names.forEach((name) => files.items.add(new File(["%PDF-1.7"], name, { lastModified: 1 })));
    document.querySelectorAll(".story-drop")[form].dispatchEvent(
        new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def test_what_was_chosen_for_a_file_stays_with_it_alone(sign_in: SignIn, asked: Project) -> None:
    page = page_of(sign_in, asked)
    drawings, papers = page.locator(".story-upload").first, page.locator(".story-upload").nth(1)
    left, right = (str(line.part_id) for line in asked.project_parts.order_by("id"))
    page.evaluate(DROP, [0, ["bracket-r.dxf"]])
    expect(drawings.get_by_label("For the part")).to_have_value(right)
    page.evaluate(DROP, [0, ["unknown.dxf"]])
    expect(drawings.get_by_label("For the part: bracket-r.dxf")).to_have_value(right)
    expect(drawings.get_by_label("For the part: unknown.dxf")).to_have_value("")
    drawings.get_by_label("For the part: bracket-r.dxf").select_option("")
    drawings.get_by_label("For the part: unknown.dxf").select_option(left)
    page.evaluate(DROP, [0, ["third.dxf"]])
    expect(drawings.get_by_label("For the part: bracket-r.dxf")).to_have_value("")
    expect(drawings.get_by_label("For the part: unknown.dxf")).to_have_value(left)
    expect(drawings.get_by_label("For the part: third.dxf")).to_have_value("")
    page.evaluate(DROP, [1, ["quote.pdf"]])
    papers.get_by_label("Kind").select_option("quote")
    page.evaluate(DROP, [1, ["invoice.pdf"]])
    expect(papers.get_by_label("Kind: quote.pdf")).to_have_value("quote")
    expect(papers.get_by_label("Kind: invoice.pdf")).to_have_value("")


def test_a_file_is_taken_out_of_those_chosen(sign_in: SignIn, asked: Project) -> None:
    page = page_of(sign_in, asked)
    drawings = page.locator(".story-upload").first
    right = str(asked.project_parts.latest("id").part_id)
    page.evaluate(DROP, [0, ["first.dxf", "second.dxf", "bracket-r.dxf"]])
    drawings.get_by_role("button", name="Take out: second.dxf").press("Enter")
    expect(drawings.get_by_role("button", name="Take out: bracket-r.dxf")).to_be_focused()
    expect(drawings.locator(".story-chosen li")).to_have_count(2)
    drawings.get_by_role("button", name="Take out: first.dxf").click()
    names = "one => [...one.files].map((file) => file.name)"
    assert page.locator("#id_new_drawings").evaluate(names) == ["bracket-r.dxf"]
    expect(drawings.get_by_label("For the part")).to_have_value(right)
    drawings.get_by_role("button", name="Take out: bracket-r.dxf").press("Space")
    expect(page.locator("#id_new_drawings")).to_be_focused()
    expect(drawings.locator(".story-chosen")).to_be_hidden()


GROUPS = """(select) => [...select.querySelectorAll("optgroup")].map((group) =>
    [group.label, [...group.children].map((one) => one.text)])"""


def test_presets_are_grouped_anew_while_the_sheet_is_typed(sign_in: SignIn, asked: Project) -> None:
    steel = make_preset("Steel any", thickness=None)
    make_preset("Steel 2.5", thickness="2.50")
    brass = Material.objects.get(name="Brass")
    make_preset("Brass any", material=brass, thickness=None)
    asked.preset_id, asked.material_thickness = steel.pk, None
    asked.save()
    page = page_of(sign_in, asked)
    presets, thickness = page.locator("#id_preset"), page.get_by_label("thickness (mm)")
    expect(presets).to_have_value(str(steel.pk))
    thickness.fill("2,5")
    fitting, others = presets.evaluate(GROUPS)
    assert fitting == ["Fits Mild Steel, 2.5\xa0mm", ["Steel any", "Steel 2.5"]]
    assert others == ["Other presets", ["Brass any"]]
    expect(presets).to_have_value(str(steel.pk))
    page.evaluate(
        """([id, name]) => django.jQuery("#id_material").append(new Option(name, id, true, true))
            .trigger("change")""",
        [brass.pk, brass.name],
    )
    assert presets.evaluate(GROUPS)[0] == ["Fits Brass, 2.5\xa0mm", ["Brass any"]]
    expect(presets).to_have_value(str(steel.pk))


def test_what_was_chosen_before_the_file_is_kept(sign_in: SignIn, asked: Project) -> None:
    page = page_of(sign_in, asked)
    form = page.locator(".story-upload").first
    left = str(asked.project_parts.earliest("id").part_id)
    form.get_by_label("For the part").select_option(left)
    page.evaluate(DROP, [0, ["bracket-r.dxf"]])
    expect(form.get_by_label("For the part")).to_have_value(left)


def test_too_many_or_too_large_files_are_told_before_they_are_sent(
    sign_in: SignIn, asked: Project, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES, settings.MAX_UPLOAD_BYTES = 2, 20
    page = page_of(sign_in, asked)
    form, asks = page.locator(".story-upload").nth(1), []
    page.on("request", lambda request: asks.append(request.method))
    pdf = {"mimeType": "application/pdf"}
    files: list[Any] = [{**pdf, "name": f"{n}.pdf", "buffer": b"%PDF-1.7"} for n in range(3)]
    files.append({**pdf, "name": "large.pdf", "buffer": b"%PDF-1.7" + b" " * 20})
    for chosen, sentence in (
        (files[:3], "More than 2 files cannot be sent at once"),
        (files[2:], "large.pdf: The file is larger than 20"),
    ):
        page.locator("#id_new_documents").set_input_files(chosen)
        for select in form.locator(".story-chosen select").all():
            select.select_option("other")
        expect(form.get_by_role("alert")).to_contain_text(sentence)
        form.get_by_role("button", name="Upload").click()
    assert "POST" not in asks
    page.locator("#id_new_documents").set_input_files(files[:2])
    expect(form.get_by_role("alert")).to_be_hidden()


def test_a_second_click_sends_nothing_until_the_page_comes_back(
    sign_in: SignIn, asked: Project
) -> None:
    page = page_of(sign_in, asked)
    button = page.locator(".story-upload").first.locator("[type=submit]")
    page.evaluate(DROP, [0, ["order.dxf"]])
    page.evaluate("""() => {
        window.stopped = [];
        document.addEventListener("submit", (event) => {
            window.stopped.push(event.defaultPrevented);
            event.preventDefault();
        });
    }""")
    button.click()
    expect(button).to_have_text("Uploading…")
    button.click()
    assert page.evaluate("window.stopped") == [False, True]
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).to_have_text("Upload")
    button.click()
    assert page.evaluate("window.stopped") == [False, True, False]


def test_a_quote_is_a_paper_to_open_and_to_send(
    sign_in: SignIn, asked: Project, tmp_path: Path
) -> None:
    page = page_of(sign_in, asked)
    page.locator(".story").get_by_role("link", name="Make quote").click()
    page.locator("#dialog [name=price]").fill("1234.5")
    page.locator("#dialog").get_by_role("button", name="Make quote").click()
    number = f"Q-{clock.shop_today().year}-0001"
    expect(page.get_by_role("link", name="Write the e-mail")).to_be_visible(timeout=15_000)
    expect(page.locator(".story-papers")).to_contain_text(f"{number}.pdf")
    letter = page.locator(".story-links").get_by_role("link", name="E-mail")
    expect(letter).to_have_attribute("href", re.compile("^mailto:jane@example.com"))
    with page.expect_download() as coming:
        page.get_by_role("link", name=f"Download {number}.pdf").click()
    coming.value.save_as(tmp_path / "quote.pdf")
    text = PdfReader(tmp_path / "quote.pdf").pages[0].extract_text()
    assert "ZAR 1,234.50" in text
    assert "ABC Manufacturing" in text
    assert Document.objects.get().number == number
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert has_no_sideways_scroll(page)


def test_a_refused_form_opens_the_tab_of_its_first_error(
    sign_in: SignIn, asked: Project, mary: Operator
) -> None:
    page = page_of(sign_in, asked)
    page.locator("#id_material_thickness").fill("-4")
    page.get_by_role("link", name="Parts of the project").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nothing was saved yet")).to_be_visible()
    expect(page.locator("#id_material_thickness")).to_be_visible()
    expect(page.locator("#id_material_thickness")).to_have_value("-4")
    page.locator("#id_material_thickness").fill("4")
    page.get_by_role("link", name="Parts of the project").click()
    page.locator("#id_project_parts-0-quantity").fill("0")
    page.get_by_role("link", name="General").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_project_parts-0-quantity")).to_be_visible()


@pytest.mark.parametrize("size", [None, PHONE])
def test_a_dialog_taller_than_the_window_is_sent_all_the_same(
    sign_in: SignIn, mary: Operator, size: Any
) -> None:
    parts = [(f"Part {number}", number) for number in range(1, 16)]
    project = make_project(status=ProjectStatus.COMPLETED, parts=parts)
    page = page_of(sign_in, project)
    if size:
        page.set_viewport_size(size)
    page.locator(".story").get_by_role("link", name="Make delivery note").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Part 1", exact=False).first.fill("1")
    dialog.get_by_role("button", name="Make delivery note").click()
    expect(page.get_by_text("Everything has been delivered.")).to_be_visible()
    assert Document.objects.count() == 1
