// What is sent by a page that stands open for hours: the server may be out of reach by then, or not
// know who asks. It is told where somebody waits, and nothing that was typed is lost.

const told = document.getElementById("sent-words");
const [sentence, dialog] = told.querySelectorAll("template");
const KEY = /(?:^|; )csrftoken=([^;]+)/;

const FORMS = "form[id$=_form][method=post]"; // of a row: those that hold the most typing
const PATIENCE_MS = 8_000;

/** Say something in a dialog that opens for it. */
function open(elt, words) {
    const piece = dialog.content.cloneNode(true);
    piece.firstElementChild.prepend(saying(words));
    document.getElementById("modal-content").replaceChildren(piece);
    window.Alpine.$data(elt).openModal = true;
}

/** Return the sentence as an alert. */
function saying(words) {
    const said = sentence.content.cloneNode(true);
    said.firstElementChild.textContent = words;
    return said;
}

/** Say what went wrong: in the dialog that was sent, else in one that opens to say it. */
function tell({ target, elt, requestConfig }, words) {
    if (!["click", "submit"].includes(requestConfig?.triggeringEvent?.type)) return; // nobody waits
    if (target.id !== "dialog-form") return open(elt, words);
    target.querySelector(".sent-told")?.remove();
    target.prepend(saying(words));
}

/** Tell whether the page to sign in came instead of what was asked for. */
function isSignIn(request) {
    return new URL(request.responseURL || location.href).pathname === told.dataset.signIn;
}

document.addEventListener("htmx:sendError", ({ detail }) => tell(detail, told.dataset.notSent));
document.addEventListener("htmx:timeout", ({ detail }) => tell(detail, told.dataset.unclear));
document.addEventListener("htmx:responseError", ({ detail }) => {
    tell(detail, detail.xhr.status === 403 ? told.dataset.reload : told.dataset.unclear);
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!isSignIn(detail.xhr)) return;
    detail.shouldSwap = false;
    tell(detail, told.dataset.signedOut);
});

/** Return why a form should not be sent now; nothing: the server is there and knows who asks. */
async function obstacle() {
    try {
        const options = { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
        const answer = await fetch(told.dataset.check, options);
        return answer.type === "opaqueredirect" ? told.dataset.signedOut : "";
    } catch {
        return told.dataset.notSent;
    }
}

const asked = new WeakMap(); // form → true while it is asked about, false once it may be sent

async function sendLater(form, submitter) {
    asked.set(form, true);
    const why = await obstacle();
    if (why) {
        asked.delete(form);
        open(form, why);
        return;
    }
    asked.set(form, false);
    form.requestSubmit(submitter);
}

// The browser would leave the page for one that says that there is no network, or asks for a
// password: it goes only once there is somebody to take what was typed.
window.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches(FORMS) && asked.get(form) !== false) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (!asked.get(form)) sendLater(form, event.submitter);
        return;
    }
    asked.delete(form);
    // Whoever has signed in anew, in another tab, sends what they typed here with the new key.
    const [, key] = KEY.exec(document.cookie) ?? [];
    if (key && form.csrfmiddlewaretoken) form.csrfmiddlewaretoken.value = key;
}, true);
