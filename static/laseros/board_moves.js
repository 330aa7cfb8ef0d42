// Moving a job: by dragging (SortableJS, which comes with Alpine's sort plugin), by keyboard, or to
// a place that is typed in. All of them end in “directly after this job” or “directly before it”.

import { say } from "./board_rows.js";

function shownBeside(row, side) {
    let beside = row[side];
    while (beside && (beside.hidden || !beside.dataset.id)) beside = beside[side];
    return beside;
}

/** Where a row stands among those shown: {after: id} or {before: id}; null where it is alone. */
export function anchorOf(row) {
    const above = shownBeside(row, "previousElementSibling");
    if (above) return { after: Number(above.dataset.id) };
    const below = shownBeside(row, "nextElementSibling");
    return below ? { before: Number(below.dataset.id) } : null;
}

/** Return what to send of a move: the neighbours of the wanted place in the whole queue, as seen. */
export function neighbours(jobs, id, anchor) {
    const others = jobs.filter((job) => job.id !== id);
    const found = others.findIndex((job) => job.id === (anchor.after ?? anchor.before));
    const place = anchor.after === undefined ? found : found + 1;
    return {
        place: place + 1,
        after: others[place - 1]?.id ?? "",
        before: others[place]?.id ?? "",
        rank: jobs.find((job) => job.id === id).rank,
    };
}

/** Return the anchor of a place (1 = first) in the whole queue. */
export function anchorAt(jobs, id, place) {
    const others = jobs.filter((job) => job.id !== id);
    if (!others.length) return null;
    return place <= 1 ? { before: others[0].id } : { after: others[Math.min(place - 1, others.length) - 1].id };
}

/** Return the whole number that was typed as the page's language writes them; NaN for none. */
export function wholeNumber(typed) {
    const pieces = new Intl.NumberFormat(document.documentElement.lang).formatToParts(10 ** 6);
    const group = pieces.find(({ type }) => type === "group").value;
    const [first, ...thousands] = typed.trim().split(group);
    const isGrouped = first.length <= 3 && thousands.every((piece) => piece.length === 3);
    const digits = thousands.length && !isGrouped ? "" : first + thousands.join("");
    return /^\d+$/.test(digits) ? Number(digits) : NaN;
}

/** Let rows be dragged by their grips; SortableJS is reached through Alpine's directive. */
export function letDrag(list, { onLift, onDrop }) {
    const board_sort = {
        handle: ".board-grip",
        draggable: ".board-row:not([hidden])",
        filter: null,
        forceFallback: true, // the same for mouse and finger
        fallbackOnBody: true,
        fallbackTolerance: 4,
        animation: 120,
        scrollSensitivity: 90,
        scrollSpeed: 16,
        ghostClass: "is-ghost",
        fallbackClass: "is-carried",
        onSort: () => {},
        onStart: (event) => onLift(event.item),
        onEnd: (event) => onDrop(event.item, event.oldIndex !== event.newIndex),
    };
    window.Alpine.addScopeToNode(list, { board_sort });
    list.setAttribute("x-sort:config", "board_sort");
    list.setAttribute("x-sort", "");
}

/** Lets a lifted row be moved with the arrow keys. The row itself is never taken out of the page. */
export class Keys {
    constructor(list, words, { onLift, onDrop, onCancel, announce, codeOf }) {
        Object.assign(this, { list, words, onLift, onDrop, onCancel, announce, codeOf });
        this.row = null;
        list.addEventListener("keydown", (event) => this.#press(event));
        list.addEventListener("focusout", (event) => {
            if (this.row?.contains(event.target)) this.cancel();
        });
    }

    #press(event) {
        const grip = event.target.closest?.(".board-grip");
        if (!grip || event.ctrlKey || event.metaKey || event.altKey) return;
        const act = this.#meaning(event.key, grip.closest(".board-row"));
        if (!act) return;
        event.preventDefault();
        act();
    }

    #meaning(key, row) {
        const isLift = key === "Enter" || key === " ";
        if (!this.row) return isLift ? () => this.#lift(row) : null;
        const meanings = {
            Enter: () => this.#drop(),
            " ": () => this.#drop(),
            Escape: () => this.cancel(),
            ArrowUp: () => this.#step("previousElementSibling"),
            ArrowDown: () => this.#step("nextElementSibling"),
            Home: () => this.#toEnd("previousElementSibling"),
            End: () => this.#toEnd("nextElementSibling"),
        };
        return meanings[key] ?? null;
    }

    #mark(isLifted) {
        this.row.classList.toggle("is-lifted", isLifted);
        this.row.querySelector(".board-grip").setAttribute("aria-pressed", String(isLifted));
    }

    #place() {
        const rows = [...this.list.querySelectorAll(".board-row:not([hidden])")];
        return { place: rows.indexOf(this.row) + 1, count: rows.length };
    }

    #lift(row) {
        this.row = row;
        this.order = [...this.list.children];
        this.#mark(true);
        this.onLift();
        this.announce(say(this.words.lifted, { code: this.codeOf(row), ...this.#place() }));
    }

    #step(side) {
        const beside = shownBeside(this.row, side);
        if (!beside) return;
        // The others go to its other side; the row itself stays in the page, and keeps the focus.
        let next = null;
        while (next !== beside) {
            next = this.row[side];
            if (side === "nextElementSibling") this.row.before(next);
            else this.row.after(next);
        }
        this.row.scrollIntoView({ block: "nearest" });
        this.announce(say(this.words.hovers, this.#place()));
    }

    #toEnd(side) {
        while (shownBeside(this.row, side)) this.#step(side);
    }

    #drop() {
        const { row, order } = this;
        const hasMoved = order.some((one, n) => this.list.children[n] !== one);
        this.#mark(false);
        this.row = null;
        this.onDrop(row, hasMoved);
    }

    /** Put the lifted row back. */
    cancel() {
        const { row } = this;
        if (!row) return;
        this.#mark(false);
        this.row = null;
        this.onCancel(row);
    }
}
