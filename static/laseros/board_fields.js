// What is changed in place: saved at once, said so, and undone where it is refused.

import { say } from "./board_rows.js";

const TYPING_MS = 900; // somebody who types a date passes by other dates

/** What a notice is about: it goes once this is saved well. */
const about = (job, field) => `${job.id} ${field}`;

/** Saves the controls of the rows as they are changed. */
export class Fields {
    constructor(list, words, hooks) {
        Object.assign(this, { words, ...hooks });
        this.timers = new WeakMap();
        list.addEventListener("change", (event) => this.#changed(event.target));
        list.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && event.target.matches("[data-field]")) this.#flush(event.target);
        });
        list.addEventListener("focusout", (event) => {
            if (event.target.matches("[data-field]")) this.#flush(event.target, { isLeaving: true });
        });
    }

    #changed(control) {
        if (!control.matches("[data-field]")) return;
        if (control.type !== "date") return void this.#save(control);
        clearTimeout(this.timers.get(control));
        this.timers.set(control, setTimeout(() => this.#flush(control), TYPING_MS));
    }

    /** Save what waits for the end of typing; a control that is left shows the job's value again. */
    #flush(control, { isLeaving = false } = {}) {
        clearTimeout(this.timers.get(control));
        if (control.value !== control.dataset.seen || control.validity.badInput) {
            this.#save(control);
            return;
        }
        const job = this.jobOf(Number(control.closest(".board-row")?.dataset.id));
        if (isLeaving && job) setTimeout(() => this.rows.setControl(control, job));
    }

    async #save(control) {
        const row = control.closest(".board-row");
        const job = row && this.jobOf(Number(row.dataset.id));
        if (!job || control.dataset.saving) return;
        const field = control.dataset.field;
        if (!control.validity.valid) {
            const { rangeOverflow, rangeUnderflow } = control.validity;
            this.rows.setControl(control, job, { always: true });
            this.#complain(job, field, rangeOverflow || rangeUnderflow ? "far_date" : "wrong_date");
            return;
        }
        const value = control.value;
        if (value === control.dataset.seen) return;
        control.dataset.saving = "yes";
        this.#mark(row, "saving");
        try {
            const told = await this.save(job.id, { field, value, seen: control.dataset.seen });
            control.dataset.seen = value;
            this.#mark(row, "saved");
            this.forget(about(job, field));
            this.announce(say(this.words.told, { code: job.code, message: told.message }));
            this.saved(told);
        } catch (error) {
            this.#undo(control, job, field, error);
        } finally {
            delete control.dataset.saving;
        }
        if (control.value !== control.dataset.seen && control.value !== value) this.#save(control);
    }

    #complain(job, field, word, message = this.words[word]) {
        this.notice(say(this.words.told, { code: job.code, message }), "bad", about(job, field));
    }

    #undo(control, job, field, error) {
        const now = this.jobOf(job.id) ?? job;
        this.rows.setControl(control, now, { always: true });
        this.#mark(control.closest(".board-row"), "");
        this.#complain(job, field, "", error.message);
        this.refused();
    }

    #mark(row, state) {
        const mark = row?.querySelector(".board-saved");
        if (!mark) return;
        mark.dataset.state = state;
        mark.textContent = state ? this.words[state] : "";
        clearTimeout(this.timers.get(mark));
        if (state === "saved") {
            this.timers.set(mark, setTimeout(() => this.#mark(row, ""), 3000));
        }
    }
}
