// Asks how far a spreadsheet is while it is read or imported, and shows the result when it is done.
// A form that takes its time (data-takes-time) shows that it was sent, and is sent once.
const EVERY_MS = 700;

const place = document.getElementById("sheet-progress");
const bar = place?.querySelector("progress");
const text = place?.querySelector("[data-text]");
const unattended = place?.querySelector("[data-unattended]");

async function ask() {
  try {
    const answer = await fetch(place.dataset.state, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const state = await answer.json();
    if (!state.busy) {
      window.location.reload();
      return;
    }
    if (state.total) {
      bar.max = state.total;
      bar.value = state.done;
      text.textContent = state.text;
    }
    if (unattended) unattended.hidden = !state.unattended;
  } catch {
    // The server is away for a moment: ask again.
  }
  window.setTimeout(ask, EVERY_MS);
}

for (const form of document.querySelectorAll("form[data-takes-time]")) {
  const working = form.querySelector("[data-working]");
  form.addEventListener("submit", (event) => {
    if (!working.hidden) event.preventDefault();
    working.hidden = false;
  });
  window.addEventListener("pageshow", () => { working.hidden = true; });
}

if (place) window.setTimeout(ask, EVERY_MS);
