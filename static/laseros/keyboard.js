// What unfold makes clickable with scripts alone gets what a keyboard and a screen reader need; the
// selects that are looked up in the database (select2) and their search fields get their names.

const CLICKABLE = "[x-on\\:click]:not(button, input, select, summary, a[href], [role])";

function makeButton(element) {
  if (element.closest("tr, label, .select2-container") || element.hasAttribute("tabindex")) {
    return;
  }
  element.setAttribute("role", "button");
  element.tabIndex = 0;
  element.addEventListener("keydown", (event) => {
    if (event.target === element && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      element.click();
    }
  });
}

function labelOf(select) {
  const label = select.labels?.[0] ?? document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  return select.getAttribute("aria-label") || label?.textContent.replace("*", "").trim() || "";
}

function nameSelect(container) {
  const select = container.previousElementSibling;
  const name = select?.tagName === "SELECT" ? labelOf(select) : "";
  if (name) {
    for (const part of container.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]")) {
      part.setAttribute("aria-label", name);
    }
  }
}

function tend(root) {
  root.querySelectorAll(CLICKABLE).forEach(makeButton);
  root.querySelectorAll(".select2-container").forEach(nameSelect);
  for (const field of root.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const open = document.querySelector(".select2-container--open [role=combobox]");
    field.setAttribute("aria-label", open?.getAttribute("aria-label") ?? "…");
  }
}

let waiting = 0;
function soon() {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    tend(document);
  });
}

new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
soon();
