// Dialogs: their pieces come from the server, what they say is sent once, refusals stay in them.

import { fetchPiece, newKey, send } from "./board_net.js";
import { tellAt, untell } from "./typed.js";

/** The one dialog of the page. */
export class Dialog {
    constructor(element, words, token) {
        Object.assign(this, { element, words, token });
        element.addEventListener("click", (event) => {
            if (event.target.closest("[data-close]")) element.close();
        });
        element.addEventListener("submit", (event) => {
            event.preventDefault();
            this.onSubmit?.(event.target);
        });
        element.addEventListener("close", () => element.replaceChildren());
    }

    get error() {
        return this.element.querySelector(".board-error");
    }

    /** Show a piece; `onSubmit` gets the form. */
    open(content, onSubmit) {
        this.element.replaceChildren(content);
        this.onSubmit = onSubmit;
        this.isBusy = false;
        if (!this.element.open) this.element.showModal();
    }

    close() {
        this.element.close();
    }

    /** Show a refusal above the fields, and at those it names; `sure` is what a tick confirms. */
    refuse(sentence, errors = {}, sure = "") {
        this.error.textContent = sentence;
        this.error.hidden = false;
        const tick = this.element.querySelector("[name=sure]");
        if (tick) {
            Object.assign(tick, { value: sure, checked: false });
            tick.parentElement.hidden = !sure;
        }
        untell(this.element);
        for (const control of this.element.querySelectorAll("[name]:not([type=hidden])")) {
            const told = errors[control.name];
            if (told) tellAt(control, sure ? "" : told.join(" ")); // what it asks stands above
        }
        this.element.querySelector("[aria-invalid]")?.focus();
    }

    /**
     * Fetch a dialog and send what it says; throws where none comes. `onDone` gets the answer,
     * `onStale` the refusal of an order, `onUnseen` any that comes after the dialog was closed.
     */
    async ask(address, handlers) {
        this.#fill(await fetchPiece(address, this.words), address, handlers);
    }

    #fill(html, address, { onDone, onStale, onUnseen }) {
        const piece = new DOMParser().parseFromString(html, "text/html");
        const keys = new Map(); // what is sent again unchanged has the same key: it is done once
        const content = document.importNode(piece.querySelector("form"), true);
        this.open(content, async (form) => {
            if (this.isBusy) return;
            const values = new FormData(form);
            const said = JSON.stringify([...values]);
            if (!keys.has(said)) keys.set(said, newKey());
            this.#busy(form, true);
            try {
                const told = await send(address, values, keys.get(said), this.token, this.words);
                if (form.isConnected) this.close();
                onDone(told);
            } catch (error) {
                this.#busy(form, false);
                if (!form.isConnected) onUnseen(error);
                else if (error.code === "stale_order" && onStale) onStale(error);
                else this.refuse(error.message, error.errors, error.sure);
            }
        });
    }

    #busy(form, isBusy) {
        this.isBusy = isBusy;
        form.querySelector("[type=submit]").setAttribute("aria-busy", String(isBusy));
    }
}

/** The menu of a row: one for all of them, shown beside the button that asked for it. */
export class Menu {
    constructor(element, onChoose) {
        this.element = element;
        element.addEventListener("click", (event) => {
            const item = event.target.closest("[data-do]");
            if (!item) return;
            element.hidePopover();
            this.button.focus();
            onChoose(item.dataset.do, this.id);
        });
        element.addEventListener("keydown", (event) => this.#press(event));
        window.addEventListener("scroll", () => this.#follow(), true);
    }

    /** Show it for a job; `can` tells what may be done. */
    open(button, id, can) {
        Object.assign(this, { button, id });
        for (const item of this.element.querySelectorAll("[data-do]")) {
            item.hidden = !can(item.dataset.do);
        }
        this.element.showPopover();
        this.#place();
        this.#items()[0]?.focus({ preventScroll: true });
    }

    /** Stay beside the button while the page is scrolled; go with it where it leaves the window. */
    #follow() {
        if (!this.element.matches(":popover-open")) return;
        const { top, bottom } = this.button.getBoundingClientRect();
        if (bottom < 0 || top > innerHeight) this.element.hidePopover();
        else this.#place();
    }

    #place() {
        const box = this.button.getBoundingClientRect();
        const { offsetWidth: width, offsetHeight: height } = this.element;
        const top = box.bottom + height > innerHeight ? box.top - height : box.bottom;
        this.element.style.left = `${Math.max(8, Math.min(box.right - width, innerWidth - width - 8))}px`;
        this.element.style.top = `${Math.max(8, top)}px`;
    }

    #items() {
        return [...this.element.querySelectorAll("[data-do]:not([hidden])")];
    }

    #press(event) {
        const items = this.#items();
        const at = items.indexOf(document.activeElement);
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        items.at(to % items.length).focus();
    }
}
