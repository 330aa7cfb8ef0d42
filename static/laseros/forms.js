// A form that was refused shows the tab of its first error, whichever was open when it was sent.

window.addEventListener("load", () => {
    const form = document.querySelector("#content-main form[id$='_form']");
    const wrong = form?.querySelector(".errors, .row-form-errors");
    const tabs = document.getElementById("tabs-items");
    if (!wrong || !tabs) {
        return;
    }
    const group = wrong.closest("[id$='-group']");
    const name = group ? group.id.replace(/-group$/, "") : "general";
    const tab = tabs.querySelector(`a[href="#${name}"]`) || tabs.querySelector("a[href='#general']");
    tab?.click();
    wrong.querySelector("input, select, textarea")?.setAttribute("aria-invalid", "true");
});
