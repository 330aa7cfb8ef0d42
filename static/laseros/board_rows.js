// The rows: made once, filled in place, put in order around whatever has the focus.

const lang = document.documentElement.lang || undefined;

/** Fill named places such as %(code)s into a sentence. */
export function say(sentence, values = {}) {
    return sentence.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

function timeOf(job, words) {
    if (job.estimate === null) return words.no_estimate;
    const named = { minutes: job.estimate, left: job.left };
    return say(job.left === job.estimate ? words.minutes : words.left, named);
}

function shown(job, words) {
    return {
        ...job,
        cut: job.cut_text ? say(words.cut, { day: job.cut_text }) : "",
        priority_text: words[`priority_${job.priority}`],
        assigned: job.assigned_name || words.anyone,
        amount: [job.sheets, timeOf(job, words)].filter(Boolean).join(" · "),
    };
}

/** The rows of the board, by the job's id. */
export class Rows {
    constructor(list, template, words, addresses) {
        Object.assign(this, { list, template, words, addresses });
        this.byId = new Map();
        this.told = new Map();
    }

    /** Show these jobs, in this order; what has the focus keeps it. */
    show(jobs) {
        const wanted = new Set(jobs.map((job) => job.id));
        for (const [id, row] of this.byId) if (!wanted.has(id)) this.#drop(id, row);
        const rows = jobs.map((job) => this.#filled(job, jobs.length));
        arrange(this.list, rows);
    }

    #drop(id, row) {
        if (row.contains(document.activeElement)) {
            const next = row.nextElementSibling ?? row.previousElementSibling;
            (next ?? document).querySelector(".board-grip, .board-code")?.focus();
        }
        row.remove();
        this.byId.delete(id);
        this.told.delete(id);
    }

    #filled(job, count) {
        let row = this.byId.get(job.id);
        if (!row) {
            row = this.template.content.firstElementChild.cloneNode(true);
            row.dataset.id = job.id;
            this.byId.set(job.id, row);
        }
        const facts = JSON.stringify([job, count]);
        if (this.told.get(job.id) !== facts) {
            this.told.set(job.id, facts);
            this.#fill(row, job, count);
        }
        return row;
    }

    #fill(row, job, count) {
        const values = shown(job, this.words);
        for (const place of row.querySelectorAll("[data-text]")) {
            const text = String(values[place.dataset.text] ?? "");
            if (place.textContent !== text) place.textContent = text;
            const to = place.dataset.link;
            if (to) place.href = this.addresses[to].replace("/0/", `/${to === "job" ? job.id : job.project}/`);
        }
        for (const part of row.querySelectorAll("[data-if]")) part.hidden = !values[part.dataset.if];
        for (const button of row.querySelectorAll("[data-act]")) {
            button.hidden = !job.actions.includes(button.dataset.act);
        }
        const start = row.querySelector("[data-act=start]");
        if (start) start.textContent = this.words[job.status === "paused" ? "resume" : "start"];
        row.querySelector(".board-timing").dataset.timing = job.timing;
        row.querySelector(".board-badge").dataset.status = job.status;
        row.dataset.status = job.status;
        row.dataset.priority = job.priority;
        this.#name(row, { code: job.code, place: job.place, count });
        for (const control of row.querySelectorAll("[data-field]")) this.setControl(control, job);
    }

    #name(row, named) {
        const labels = {
            ".board-grip": "grip", "[data-field=priority]": "priority_of",
            "[data-field=scheduled_date]": "date_of", "[data-field=assigned_to]": "operator_of",
            "[data-menu]": "more_of",
        };
        for (const [selector, word] of Object.entries(labels)) {
            row.querySelector(selector)?.setAttribute("aria-label", say(this.words[word], named));
        }
    }

    /** Let a control hold the job's value, unless somebody is just at it. */
    setControl(control, job, { always = false } = {}) {
        const value = String(job[control.dataset.field] ?? "");
        if (!always && (control === document.activeElement || control.dataset.saving)) return;
        if (control.tagName === "SELECT" && ![...control.options].some((one) => one.value === value)) {
            control.add(new Option(job.assigned_name, value));
        }
        if (control.value !== value) control.value = value;
        // A copy of the row, as is carried, has what its controls had from the start.
        for (const one of control.options ?? []) one.defaultSelected = one.value === value;
        control.dataset.seen = value;
    }
}

/** Put rows into an order without ever taking the one that has the focus out of the page. */
export function arrange(list, rows) {
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    const fixed = Math.max(0, focused);
    if (!rows.length) return;
    if (rows[fixed].parentNode !== list) list.prepend(rows[fixed]);
    for (let n = fixed - 1; n >= 0; n -= 1) {
        if (rows[n + 1].previousElementSibling !== rows[n]) list.insertBefore(rows[n], rows[n + 1]);
    }
    for (let n = fixed + 1; n < rows.length; n += 1) {
        if (rows[n - 1].nextElementSibling !== rows[n]) rows[n - 1].after(rows[n]);
    }
}

/** Show the queue in figures. */
export function showSums(board, jobs) {
    const minutes = jobs.reduce((sum, job) => sum + (job.left ?? 0), 0);
    const sums = {
        jobs: jobs.length,
        running: jobs.filter((job) => job.status === "in_progress").length,
        hours: (minutes / 60).toLocaleString(lang, { maximumFractionDigits: 1 }),
        late: jobs.filter((job) => job.timing === "late").length,
        past_pop: jobs.filter((job) => job.is_past_pop).length,
        unknown: jobs.filter((job) => job.estimate === null).length,
    };
    for (const place of board.querySelectorAll(".board-bar [data-sum]")) {
        place.textContent = sums[place.dataset.sum];
    }
    board.querySelector("[data-sum=unknown]").parentElement.toggleAttribute("data-none", !sums.unknown);
}
