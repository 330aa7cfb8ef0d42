// Which jobs are shown. The choice stands in the address, so that it can be kept as a bookmark.

import { say } from "./board_rows.js";

const CHOICES = ["operator", "material", "cut", "due"];
const NAMES = ["q", ...CHOICES, "status", "late", "past_pop", "unknown"];

function sheetKey(job) {
    return job.material === null ? "none" : `${job.material}-${job.thickness}`;
}

const TESTS = {
    q: (job, wanted) =>
        `${job.code} ${job.name} ${job.client}`.toLowerCase().includes(wanted.trim().toLowerCase()),
    operator: (job, wanted) =>
        wanted === "none"
            ? job.assigned_to === null
            : [job.assigned_to, job.operator].includes(Number(wanted)),
    material: (job, wanted) => wanted === String(job.material) || wanted === sheetKey(job),
    cut: (job, wanted) => job.cut_from !== "" && job.cut_from <= wanted && wanted <= job.cut_to,
    due: (job, wanted) => job.due_date !== "" && job.due_date <= wanted,
    status: (job, wanted) => job.status === wanted,
    late: (job) => job.timing === "late",
    past_pop: (job) => job.is_past_pop,
    unknown: (job) => job.estimate === null,
};

function wantedBy(query) {
    return Object.fromEntries(new URLSearchParams(query));
}

function isPlain(event) {
    return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

/** The form of filters, and what it says about a job. */
export class Filters {
    constructor(form, figures, words, onChange) {
        Object.assign(this, { form, figures, words });
        this.more = form.querySelector("[aria-controls]");
        this.wanted = wantedBy(location.search);
        this.#fillForm();
        this.#unfold(CHOICES.some((name) => this.wanted[name]));
        this.more.addEventListener("click", () => this.#unfold(this.more.ariaExpanded !== "true"));
        form.addEventListener("input", () => this.#changed(onChange));
        form.addEventListener("submit", (event) => event.preventDefault());
        form.addEventListener("reset", () => setTimeout(() => this.#goTo(location.pathname, onChange)));
        for (const link of figures) {
            link.addEventListener("click", (event) => {
                if (!isPlain(event)) return;
                event.preventDefault();
                this.#goTo(link.href, onChange);
            });
        }
        window.addEventListener("popstate", () => this.#show(onChange));
    }

    /** Whether anything is filtered. */
    get isOn() {
        return NAMES.some((name) => this.wanted[name]);
    }

    /** Whether a job is shown. */
    admits(job) {
        return NAMES.every((name) => !this.wanted[name] || TESTS[name](job, this.wanted[name]));
    }

    /** Offer the materials and thicknesses that there are in the queue. */
    offerSheets(jobs) {
        const select = this.form.elements.material;
        const offers = new Map();
        for (const job of jobs) {
            offers.set(sheetKey(job), job.sheet);
            if (job.material !== null) offers.set(String(job.material), job.material_name);
        }
        const wanted = this.wanted.material ?? "";
        if (wanted && !offers.has(wanted)) offers.set(wanted, this.words.not_in_queue);
        const sorted = [...offers].sort((one, other) => one[1].localeCompare(other[1], undefined, { numeric: true }));
        const facts = JSON.stringify(sorted);
        if (facts === this.offered || select === document.activeElement) return;
        this.offered = facts;
        select.length = 1;
        for (const [value, text] of sorted) select.add(new Option(text, value));
        select.value = wanted;
    }

    #fillForm() {
        for (const name of NAMES) {
            const control = this.form.elements[name];
            const value = this.wanted[name] ?? "";
            if (control.tagName === "SELECT" && value && ![...control.options].some((one) => one.value === value)) {
                control.add(new Option(this.words.not_in_queue, value));
                control.value = value;
            } else control.value = value;
        }
    }

    /** Where there is little room, the choices are folded away until they are asked for. */
    #unfold(isOpen) {
        this.more.ariaExpanded = String(isOpen);
        this.form.classList.toggle("is-open", isOpen);
    }

    #goTo(address, onChange) {
        history.pushState(null, "", address);
        this.#show(onChange);
    }

    #show(onChange) {
        this.wanted = wantedBy(location.search);
        this.#fillForm();
        onChange();
    }

    #changed(onChange) {
        const said = [...new FormData(this.form)].filter(([, value]) => value);
        this.wanted = Object.fromEntries(said);
        const query = new URLSearchParams(this.wanted).toString();
        history.replaceState(null, "", query ? `?${query}` : location.pathname);
        onChange();
    }

    /** Mark the figures whose jobs are shown. */
    markFigures() {
        for (const link of this.figures) {
            const [name] = new URL(link.href).searchParams.keys();
            const isOn = name ? Boolean(this.wanted[name]) : !this.isOn;
            if (isOn) link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
        }
    }
}

/** Hide what is filtered out, and say how much is shown. */
export function showFiltered(board, jobs, rows, filters, words) {
    filters.offerSheets(jobs);
    filters.markFigures();
    let shown = 0;
    for (const job of jobs) {
        const isShown = filters.admits(job);
        rows.byId.get(job.id).hidden = !isShown;
        shown += isShown;
    }
    board.querySelector("#board-shown").hidden = !filters.isOn || !shown;
    board.querySelector("[data-shown]").textContent = say(words.shown, { shown, count: jobs.length });
    board.querySelector("#board-empty").hidden = jobs.length > 0;
    board.querySelector("#board-none").hidden = jobs.length === 0 || shown > 0;
    board.querySelector(".board-heads").hidden = shown === 0;
}
