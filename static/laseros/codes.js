// Recovery codes: printed, or copied. Without either, as without scripts, they are copied by hand.

const list = document.getElementById("recovery-codes");
const told = document.getElementById("codes-told");

function select() {
    const range = document.createRange();
    range.selectNodeContents(list);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
}

// The clipboard is only there over https and on the machine itself.
async function copy() {
    const codes = [...list.querySelectorAll("li")].map((code) => code.textContent.trim());
    try {
        await navigator.clipboard.writeText(codes.join("\n"));
        told.textContent = told.dataset.copied;
    } catch {
        select();
        told.textContent = told.dataset.selected;
    }
}

document.getElementById("print-codes").addEventListener("click", () => window.print());
document.getElementById("copy-codes").addEventListener("click", copy);
document.getElementById("codes-ways").hidden = false;
