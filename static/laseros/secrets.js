// What is shown once, printed or copied. Without either, as without scripts, it is copied by hand.

const shown = document.getElementById("shown-once");
const told = document.getElementById("shown-once-told");

function select() {
    const range = document.createRange();
    range.selectNodeContents(shown);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
}

// The clipboard is only there over https and on the machine itself.
async function copy() {
    const lines = [...shown.querySelectorAll("[data-line]")].map((line) => line.dataset.line);
    try {
        await navigator.clipboard.writeText(lines.join("\n"));
        told.textContent = told.dataset.copied;
    } catch {
        select();
        told.textContent = told.dataset.selected;
    }
}

document.getElementById("shown-once-print").addEventListener("click", () => window.print());
document.getElementById("shown-once-copy").addEventListener("click", copy);
document.getElementById("shown-once-ways").hidden = false;
