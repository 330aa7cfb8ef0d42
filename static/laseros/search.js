// The search box in the head of every page: asks while one types, and is led by the keyboard.

const PAUSE_MS = 150;
const form = document.getElementById("search-box");
const box = form.elements.q;
const found = document.getElementById("search-found");
const status = form.querySelector("[role=status]");

let asked = "";
let timer = 0;
let request = null;

const options = () => [...found.querySelectorAll("[role=option]")];
const chosen = () => found.querySelector("[aria-selected=true]");

function show(open) {
  found.hidden = !open;
  box.setAttribute("aria-expanded", String(open && options().length > 0));
  if (!open) {
    choose(null);
  }
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (option === null) {
    box.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", option.id);
}

function step(by) {
  const all = options();
  if (all.length > 0) {
    show(true);
    const place = all.indexOf(chosen());
    choose(all[place < 0 && by < 0 ? all.length - 1 : (place + by + all.length) % all.length]);
  }
}

async function ask(query) {
  request?.abort();
  request = new AbortController();
  const address = `${form.action}?${new URLSearchParams({ q: query, part: "1" })}`;
  try {
    const answer = await fetch(address, { signal: request.signal });
    if (answer.redirected || !answer.ok) {
      throw new Error(`answered ${answer.status}`);
    }
    found.innerHTML = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") {
      return;
    }
    const note = document.createElement("p");
    note.className = "search-note";
    note.dataset.status = "";
    note.textContent = form.dataset.failed;
    found.replaceChildren(note);
  }
  status.textContent = found.querySelector("[data-status]")?.textContent ?? "";
  show(document.activeElement === box);
}

function typed() {
  const query = box.value.trim();
  clearTimeout(timer);
  if (query === asked) {
    show(query !== "");
    return;
  }
  asked = query;
  if (query === "") {
    request?.abort();
    found.replaceChildren();
    status.textContent = "";
    show(false);
  } else {
    timer = setTimeout(ask, PAUSE_MS, query);
  }
}

box.addEventListener("input", typed);
box.addEventListener("focus", () => show(found.childElementCount > 0));
box.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && chosen() && !found.hidden) {
    event.preventDefault();
    chosen().click();
  } else if (event.key === "Escape") {
    if (!found.hidden) {
      event.preventDefault(); // the first one closes, the second empties the box
      show(false);
    }
  }
});
form.addEventListener("submit", (event) => {
  if (box.value.trim() === "") {
    event.preventDefault();
  }
});
form.addEventListener("focusout", (event) => {
  if (!form.contains(event.relatedTarget)) {
    show(false);
  }
});
found.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the box's focus

function isTyping(element) {
  return element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);
}

// Ctrl-K everywhere; “/” where no list has a search box of its own.
document.addEventListener("keydown", (event) => {
  const ctrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  const slash = event.key === "/" && !isTyping(event.target) && !document.getElementById("searchbar");
  if (ctrlK || slash) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});
