// What the board sends and fetches: refusals with their sentences, and the feed of its state.

const PATIENCE_MS = 15_000;
const PACE_MS = 1_300; // with the request's own time, a change of somebody else is here within 2 s
const HIDDEN_MS = 30_000;
const LONGEST_MS = 15_000;

/**
 * A refusal or a failure, with a sentence for the person; `lost` where nobody answered, `sure` what
 * is to be sent along where it only asks.
 */
export class Refused extends Error {
    constructor(sentence, { status = 0, code = "", errors = {}, lost = false, sure = "" } = {}) {
        super(sentence);
        Object.assign(this, { status, code, errors, lost, sure });
    }
}

async function reach(address, options, words) {
    try {
        return await fetch(address, {
            credentials: "same-origin",
            redirect: "manual",
            signal: AbortSignal.timeout(PATIENCE_MS),
            ...options,
        });
    } catch (error) {
        const isLate = error.name === "TimeoutError"; // it may have been done all the same
        throw new Refused(isLate ? words.unclear : words.not_sent, { lost: true });
    }
}

/** Return the answer of a response, or throw what it refuses. */
async function read(response, words) {
    const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
    if (response.ok && !isJson) return response.text();
    let told = null;
    try {
        told = isJson ? await response.json() : null;
    } catch {
        throw new Refused(words.unclear, { lost: true });
    }
    if (response.ok) return told;
    if (told) throw new Refused(told.error, { ...told, status: response.status });
    if (response.status === 403) throw new Refused(words.reload, { status: 403 });
    throw new Refused(words.unclear, { status: response.status, lost: true });
}

/** Fetch a piece of a page. */
export async function fetchPiece(address, words) {
    return read(await reach(address, {}, words), words);
}

/** Send an action; the same `opId` is carried out once, however often it arrives. */
export async function send(address, values, opId, token, words) {
    const body = values instanceof FormData ? values : new FormData();
    if (values !== body) for (const [name, value] of Object.entries(values)) body.set(name, value);
    body.set("op_id", opId);
    const headers = { "X-CSRFToken": token };
    return read(await reach(address, { method: "POST", body, headers }, words), words);
}

/** A new key; also where crypto.randomUUID is missing, over plain HTTP in the shop's network. */
export function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [8, 12, 16, 20, 32].map((end, n, ends) => hex.slice(n ? ends[n - 1] : 0, end)).join("-");
}

/** Asks for the board's state again and again, and hands on what is new. */
export class Feed {
    constructor(address, words, { onState, onLink }) {
        Object.assign(this, { address, words, onState, onLink });
        this.tag = "";
        this.epoch = "";
        this.floor = 0; // what is older than the own last change is not shown
        this.failures = 0;
        this.timer = 0;
        this.asking = null;
        document.addEventListener("visibilitychange", () => document.hidden || this.now());
        window.addEventListener("online", () => this.now());
    }

    /** Ask at once; where a question is under way, once more after it. */
    now() {
        clearTimeout(this.timer);
        this.again = Boolean(this.asking);
        this.asking ??= this.#ask().finally(() => {
            this.asking = null;
            if (this.again) this.now();
            else this.timer = setTimeout(() => this.now(), this.#pause());
        });
    }

    /** Let the next state be told even if it is the last one: what is shown may be another. */
    forget() {
        this.tag = "";
    }

    /** Show nothing that is older than this entry of the log. */
    atLeast(seq) {
        this.floor = Math.max(this.floor, seq);
    }

    #pause() {
        if (document.hidden) return HIDDEN_MS;
        return Math.min(PACE_MS * 2 ** this.failures, LONGEST_MS);
    }

    async #ask() {
        try {
            const headers = this.tag ? { "If-None-Match": this.tag } : {};
            const response = await reach(this.address, { headers, cache: "no-store" }, this.words);
            if (response.status !== 304) {
                const state = await read(response, this.words);
                const isOlder = state.epoch === this.epoch && state.seq < this.floor;
                if (!isOlder) {
                    this.tag = response.headers.get("ETag") ?? "";
                    if (state.epoch !== this.epoch) this.floor = 0;
                    this.epoch = state.epoch;
                    this.onState(state);
                }
            }
            this.failures = 0;
            this.onLink(null);
        } catch (error) {
            if (!(error instanceof Refused)) throw error;
            this.failures += 1;
            this.onLink(error);
        }
    }
}
