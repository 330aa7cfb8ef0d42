// A project's page: leads from what is missing to its field, and asks before unsaved changes go.

(() => {
    const story = document.querySelector(".story");
    const form = document.getElementById("project_form");
    if (!story || !form) {
        return;
    }

    const asSent = () => new URLSearchParams([...new FormData(form)].map(
        ([name, value]) => [name, value instanceof File ? value.name : value])).toString();
    let untouched = "";
    let typed = false;
    // Widgets that scripts build, change the form until the page is ready; so may a quick person.
    const remember = () => { untouched = typed ? untouched : asSent(); };
    window.addEventListener("load", () => setTimeout(remember, 300));
    form.addEventListener("input", () => { typed = true; });
    form.addEventListener("change", () => { typed = true; });

    // A dialog leads to the page anew: what was typed into the form, and the files that were chosen
    // (uploads.js), would be gone. That is one question.
    document.addEventListener("htmx:confirm", (event) => {
        if (!event.target.closest("[hx-target='#modal-content']")) {
            return;
        }
        const waiting = [...document.querySelectorAll(".story-upload")].find(
            (one) => one.querySelector("[type=file]").files.length);
        const unsaved = typed && asSent() !== untouched ? story.dataset.unsaved : "";
        const question = [unsaved, waiting?.dataset.waiting].filter(Boolean).join("\n\n");
        if (question && !window.confirm(question)) {
            event.preventDefault();
            if (waiting && !unsaved) {
                waiting.scrollIntoView({ block: "center" });
            }
        }
    });

    // That was asked already: unfold's own question would come after the thing was done.
    document.addEventListener("htmx:beforeOnLoad", (event) => {
        if (event.detail.xhr.getResponseHeader("HX-Redirect") && window.preventLeaving) {
            window.removeEventListener("beforeunload", window.preventLeaving);
        }
    });

    story.addEventListener("click", (event) => {
        const link = event.target.closest("[data-field]");
        if (!link) {
            return;
        }
        event.preventDefault();
        requestAnimationFrame(() => requestAnimationFrame(() => show(link.dataset.field)));
    });

    // The tabs are far above what they show.
    document.addEventListener("click", (event) => {
        const tab = event.target.closest("#tabs-items a, #tabs-dropdown a");
        const name = tab?.hash.slice(1);
        if (name === "general") {
            requestAnimationFrame(() => requestAnimationFrame(
                () => form.scrollIntoView({ block: "start" })));
        } else if (name && document.getElementById(`${name}-group`)) {
            requestAnimationFrame(() => requestAnimationFrame(() => show(name)));
        }
    });

    // A table of rows is shown with one to fill in: the one that is empty, or a new one.
    function showRows(group) {
        const selects = () => [...group.querySelectorAll("tbody:not(.empty-form) select")];
        if (!selects().length) {
            group.querySelector(".add-row")?.click();
        }
        const empty = selects().find((one) => !one.value);
        empty?.parentElement.querySelector(".select2-selection")?.focus({ preventScroll: true });
        // The box around the table grows to the new row a little later.
        setTimeout(() => (empty?.closest("tbody") || group).scrollIntoView({ block: "center" }), 150);
    }

    function show(name) {
        const rows = document.getElementById(`${name}-group`);
        if (rows) {
            showRows(rows);
            return;
        }
        const field = document.getElementById(name);
        const place = field || form;
        const focused = field && field.tagName === "SELECT" && field.classList.contains("select2-hidden-accessible")
            ? field.parentElement.querySelector(".select2-selection") : field;
        (focused || place).scrollIntoView({ block: "center" });
        focused?.focus({ preventScroll: true });
    }

    // Whoever was sent here to fill something in, is led there at once.
    const wanted = new URLSearchParams(location.search).get("fill");
    if (wanted) {
        window.addEventListener("load", () => setTimeout(() => show(wanted), 100));
    }
})();
