// The queue board: shows the queue's state as it comes from the server, and sends what is done.
//
// The server's state is the truth. What a person moves is shown at once and sent; while a job is
// carried, or a move is under way, new states wait. A refusal says why and shows the queue as it is.

import { Dialog, Menu } from "./board_dialogs.js";
import { Fields } from "./board_fields.js";
import { Filters, showFiltered } from "./board_filters.js";
import { anchorAt, anchorOf, Keys, letDrag, neighbours, wholeNumber } from "./board_moves.js";
import { Feed, newKey, send } from "./board_net.js";
import { Rows, say, showSums } from "./board_rows.js";

// For how long a notice stands; what went wrong stays until it is closed.
const NOTICE_MS = { good: 6_000, warning: 20_000, bad: 0 };
const FOUND_MS = 5_000;
const held = (id) => JSON.parse(document.getElementById(id).textContent);
const board = document.getElementById("board");
const list = document.getElementById("board-rows");
const words = held("board-words");
const addresses = held("board-addresses");
const mayChange = board.dataset.mayChange === "yes";
const token = board.querySelector("[name=csrfmiddlewaretoken]").value;

let jobs = [];
let seenSeq = 0; // the log's last entry of which a state was shown
let holds = 0; // how many things are under way that a new state would disturb
let waiting = null;
let sending = Promise.resolve();

const rows = new Rows(list, document.getElementById("board-row"), words, addresses);
const figures = board.querySelectorAll("a.board-figure");
const filters = new Filters(document.getElementById("board-filters"), figures, words, refilter);
const feed = new Feed(addresses.state, words, { onState, onLink });

const jobOf = (id) => jobs.find((job) => job.id === id);
const idOf = (element) => Number(element.closest(".board-row").dataset.id);
const addressOf = (name, id) => addresses[name].replace("/0/", `/${id}/`);

// --- Showing ---

function onState(state) {
    if (holds) waiting = state;
    else showState(state);
}

function showState(state) {
    seenSeq = state.seq;
    show(state.jobs);
}

function show(found) {
    jobs = found;
    rows.show(jobs);
    showSums(board, jobs);
    refilter();
}

function refilter() {
    showFiltered(board, jobs, rows, filters, words);
}

function hold() {
    holds += 1;
}

/** Let new states in again; where none has come, show the last one as it was. */
function release() {
    holds -= 1;
    if (holds) return;
    const state = waiting;
    waiting = null;
    if (state && state.seq >= feed.floor) showState(state);
    else show(jobs);
}

function announce(sentence) {
    document.getElementById("board-says").textContent = sentence;
}

/** Take away what was said about a thing: it is settled, or said anew. */
function forget(about) {
    const all = document.getElementById("board-notices").children;
    for (const one of [...all]) if (one.dataset.about === about) one.remove();
}

function notice(sentence, kind = "good", about = sentence) {
    const all = document.getElementById("board-notices");
    forget(about);
    const told = document.createElement("p");
    told.dataset.about = about;
    told.className = `board-notice is-${kind}`;
    told.setAttribute("role", kind === "good" ? "status" : "alert");
    const close = document.createElement("button");
    close.type = "button";
    close.setAttribute("aria-label", words.close);
    close.textContent = "×";
    close.addEventListener("click", () => told.remove());
    told.append(sentence, close);
    all.append(told);
    if (NOTICE_MS[kind]) setTimeout(() => told.remove(), NOTICE_MS[kind]);
    while (all.children.length > 4) all.firstElementChild.remove();
}

let isLost = false;

function onLink(error) {
    const line = document.getElementById("board-link");
    const sentence = error === null ? "" : error.lost ? words.lost : error.message;
    if (error) {
        isLost = true;
        if (line.textContent !== sentence) line.textContent = sentence;
        line.classList.remove("is-found");
    } else if (isLost) {
        isLost = false;
        line.textContent = words.found;
        line.classList.add("is-found");
        setTimeout(() => isLost || (line.textContent = ""), FOUND_MS);
    }
}

function done(told, code) {
    feed.atLeast(told.seq);
    feed.now();
    notice(told.message.includes(code) ? told.message : say(words.told, { code, message: told.message }));
    for (const warning of told.warnings) notice(say(words.told, { code, message: warning }), "warning");
}

// --- Moving ---

/** Move a job: show it at once, send it, and put it back where that is refused. */
async function move(id, anchor) {
    const job = jobOf(id);
    const { place, ...seen } = neighbours(jobs, id, anchor);
    if (place === job.place) {
        announce(say(words.stays, job));
        return;
    }
    const before = jobs;
    hold();
    const turn = sending; // one after the other, in the order in which they were made
    let isSent;
    sending = new Promise((resolve) => (isSent = resolve));
    try {
        const others = jobs.filter((one) => one.id !== id);
        const moved = [...others.slice(0, place - 1), job, ...others.slice(place - 1)];
        show(moved.map((one, n) => ({ ...one, place: n + 1 })));
        await turn;
        Object.assign(seen, { rank: jobOf(id).rank, seq: seenSeq });
        const told = await send(addressOf("place", id), seen, newKey(), token, words);
        feed.atLeast(told.seq);
        jobs = jobs.map((one) => (one.id === id ? { ...one, rank: told.rank } : one));
        announce(say(words.moved, { code: job.code, place }));
    } catch (error) {
        jobs = before; // which has another move in it, where two were under way
        feed.forget();
        notice(say(words.told, { code: job.code, message: error.message }), "bad");
    } finally {
        isSent();
        release();
        feed.now();
    }
}

/** Take up what was dropped; `release` follows where nothing is sent. */
function drop(row, hasMoved) {
    const anchor = hasMoved ? anchorOf(row) : null;
    const id = Number(row.dataset.id);
    if (anchor) move(id, anchor);
    else announce(say(words.stays, jobOf(id)));
    release();
}

function moveTo(id) {
    const content = document.getElementById("board-to").content.cloneNode(true);
    const job = jobOf(id);
    content.querySelector("[data-about]").textContent = `${job.code} · ${job.name}`;
    content.querySelector("[name=position]").value = job.place;
    dialog.open(content, (form) => {
        const place = wholeNumber(form.elements.position.value);
        if (!(place >= 1 && place <= jobs.length)) {
            dialog.refuse(say(words.no_such_place, { count: jobs.length }), { position: [] });
            return;
        }
        dialog.close();
        const anchor = jobOf(id) && anchorAt(jobs, id, place);
        if (anchor) move(id, anchor);
    });
}

// --- Acting ---

let dialog;
let isAsking = false;

/** Open a dialog of the server; a second click while it comes opens nothing more. */
async function open(address, handlers) {
    if (isAsking) return;
    isAsking = true;
    const button = document.activeElement?.closest("button");
    button?.setAttribute("aria-busy", "true");
    try {
        const onUnseen = (error) => notice(error.message, "bad");
        await dialog.ask(address, { onUnseen, ...handlers });
    } catch (error) {
        notice(error.message, "bad");
        feed.now();
    } finally {
        isAsking = false;
        button?.removeAttribute("aria-busy");
    }
}

function act(name, id) {
    const { code } = jobOf(id);
    open(addressOf(name, id), { onDone: (told) => done(told, code) });
}

function group() {
    return open(addresses.group, {
        onDone: (told) => {
            feed.atLeast(told.seq);
            feed.now();
            notice(told.message);
        },
        onStale: async (error) => {
            await group();
            dialog.refuse(error.message);
            feed.now();
        },
    });
}

function choose(what, id) {
    if (!jobOf(id)) return;
    if (what === "to") moveTo(id);
    else if (what === "cancel") act("cancel", id);
    else {
        const anchor = anchorAt(jobs, id, what === "top" ? 1 : jobs.length);
        if (anchor) move(id, anchor);
    }
}

function letChange() {
    dialog = new Dialog(document.getElementById("board-dialog"), words, token);
    const menu = new Menu(document.getElementById("board-menu"), choose);
    letDrag(list, { onLift: hold, onDrop: drop });
    new Keys(list, words, {
        onLift: hold,
        onDrop: drop,
        onCancel: (row) => {
            announce(say(words.stays, jobOf(Number(row.dataset.id))));
            release();
        },
        announce,
        codeOf: (row) => jobOf(Number(row.dataset.id)).code,
    });
    new Fields(list, words, {
        jobOf,
        rows,
        announce,
        notice,
        forget,
        save: (id, values) => send(addressOf("change", id), values, newKey(), token, words),
        saved: (told) => {
            feed.atLeast(told.seq);
            feed.now();
        },
        refused: () => feed.now(),
    });
    list.addEventListener("click", (event) => {
        const button = event.target.closest("[data-act], [data-menu]");
        if (!button) return;
        const id = idOf(button);
        if (button.dataset.act) act(button.dataset.act, id);
        else menu.open(button, id, (what) => what !== "cancel" || jobOf(id).actions.includes("cancel"));
    });
    document.getElementById("board-group").addEventListener("click", group);
}

// --- Beginning ---

function fitWidth([entry]) {
    const width = entry.contentRect.width;
    const size = width >= 980 ? "wide" : width >= 600 ? "medium" : "narrow";
    document.documentElement.dataset.board = size;
}

new ResizeObserver(fitWidth).observe(board);
board.querySelector("[data-show-all]").addEventListener("click", () => filters.form.reset());
if (mayChange) letChange();
const first = held("board-state");
feed.epoch = first.epoch;
onState(first);
board.dataset.ready = "yes";
feed.now();
