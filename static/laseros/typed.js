// What a date box cannot read would be sent as blank, and mean something else, or take what is
// stored away. It is not sent; each field says what is wrong with it. Numbers are typed into text
// boxes, and the server says which are none.

const FORMS = "form[method=post], .board-form";
const SHOWN_AFTER_MS = 50; // a tab shows what it holds with the next tick
const TAB = /activeTab == '([^']+)'/;

/** Say at a field what is wrong with it. */
export function tellAt(control, sentence) {
    control.setAttribute("aria-invalid", "true");
    if (!sentence) return;
    const told = document.createElement("p");
    told.className = "typed-wrong";
    told.id = `wrong-${control.name}`;
    told.textContent = sentence;
    control.after(told);
    control.setAttribute("aria-describedby", told.id);
}

/** Take back what was said at a form's fields. */
export function untell(form) {
    for (const control of form.querySelectorAll("[aria-invalid]")) {
        control.removeAttribute("aria-invalid");
        control.removeAttribute("aria-describedby");
    }
    for (const told of form.querySelectorAll(".typed-wrong")) told.remove();
}

/** Open the tab of a page that a field stands in, and go to the field. */
function goTo(control) {
    const tab = TAB.exec(control.closest("[x-show*=activeTab]")?.getAttribute("x-show"))?.[1];
    if (tab) document.querySelector(`a[href="#${tab}"]`)?.click();
    window.setTimeout(() => control.focus(), SHOWN_AFTER_MS);
}

document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches(FORMS)) return;
    untell(form);
    const unread = [...form.elements].filter((control) => control.validity?.badInput);
    if (!unread.length) return;
    event.preventDefault();
    event.stopPropagation(); // neither htmx nor the board sends it
    const { noDate } = document.getElementById("typed-words").dataset;
    for (const control of unread) tellAt(control, noDate);
    goTo(unread[0]);
}, true);
