// Keeps the home page fresh and draws its charts.
//
// While the page is seen it asks every so often whether anything has changed; an answer replaces
// only the blocks that differ, so that focus, scrolling and open tables stay where they are.

const home = document.getElementById("home");
const said = document.getElementById("home-said");
const drawn = new Map(); // canvas → Chart

function colours() {
  const style = getComputedStyle(home);
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of("--ink"), quiet: of("--quiet"), line: of("--line"), card: of("--card"), primary: of("--fill") };
}

const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

// Red, green and blue of any colour that a stylesheet may name.
function partsOf(colour) {
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

function brightness(parts) {
  const [red, green, blue] = parts.map((part) => ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [less, more] = [brightness(one), brightness(other)].sort((a, b) => a - b);
  return (more + 0.05) / (less + 0.05);
}

// A material's own colour, brought towards the ink as far as it takes to be seen on the ground:
// dark steel on a dark page would be a hole in it.
function seenOn(colour, ground, ink) {
  const own = partsOf(colour);
  const [paper, towards] = [partsOf(ground), partsOf(ink)];
  const mixed = (share) => own.map((part, n) => Math.round(part + (towards[n] - part) * share));
  const share = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6].find((one) => contrast(mixed(one), paper) >= 3) ?? 0.7;
  return `rgb(${mixed(share).join(" ")})`;
}

function datasetOf(told, shade) {
  const fill = { primary: shade.primary, neutral: shade.quiet }[told.colour] || seenOn(told.colour, shade.card, shade.ink);
  // The edge tells stacked materials apart, and from the ground, whatever their own colours are.
  return { label: told.label, data: told.data, backgroundColor: fill, borderColor: shade.quiet, borderWidth: 1, maxBarThickness: 28 };
}

function draw(canvas) {
  const told = JSON.parse(document.getElementById(canvas.dataset.from).textContent);
  const shade = colours();
  const stacked = canvas.dataset.chart === "minutes";
  const axis = (more) => ({ stacked, ticks: { color: shade.quiet, ...more }, grid: { color: shade.line, lineWidth: 0.5 }, border: { color: shade.line } });
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, new Chart(canvas, {
    type: "bar",
    data: { labels: told.labels, datasets: told.datasets.map((one) => datasetOf(one, shade)) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: told.datasets.length > 1, position: "bottom", labels: { color: shade.ink, boxWidth: 12 } } },
      scales: { x: axis({ maxRotation: 0, autoSkip: true }), y: { ...axis({ precision: 0 }), title: { display: true, text: told.unit, color: shade.quiet }, beginAtZero: true, suggestedMax: canvas.dataset.chart === "on_time" ? 100 : undefined } },
    },
  }));
  canvas.dataset.drawn = "yes";
}

function drawAll() {
  for (const [canvas, chart] of drawn) {
    if (!canvas.isConnected) {
      chart.destroy();
      drawn.delete(canvas);
    }
  }
  home.querySelectorAll("canvas[data-chart]").forEach((canvas) => draw(canvas));
}

// --- Freshness ---

const PATIENCE_MS = 15_000;

const sources = new Map(); // id of a block → its HTML as the server told it

function remember() {
  home.querySelectorAll("section[id]").forEach((block) => sources.set(block.id, block.outerHTML));
}

function put(fresh, block) {
  const focus = block.contains(document.activeElement) ? handleOf(document.activeElement) : "";
  const open = [...block.querySelectorAll("details[open]")].map((one) => one.id);
  sources.set(fresh.id, fresh.outerHTML);
  block.replaceWith(fresh);
  window.htmx?.process(fresh);
  open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  if (focus) fresh.querySelector(focus)?.focus({ preventScroll: true });
}

function handleOf(element) {
  const address = element.getAttribute("href") || element.getAttribute("hx-get");
  const name = element.getAttribute("href") ? "href" : "hx-get";
  return address ? `[${name}="${CSS.escape(address)}"]` : element.id ? `#${CSS.escape(element.id)}` : "";
}

function keysOf(root) {
  return [...root.querySelectorAll("section[id]")].map((one) => one.id).join();
}

// Returns whether anything was replaced.
function bringUpToDate(body) {
  const old = document.getElementById("home-body");
  if (keysOf(old) !== keysOf(body)) {
    const focus = old.contains(document.activeElement) ? handleOf(document.activeElement) : "";
    const open = [...old.querySelectorAll("details[open]")].map((one) => one.id);
    old.replaceWith(body);
    window.htmx?.process(body);
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (focus) body.querySelector(focus)?.focus({ preventScroll: true });
    remember();
    return true;
  }
  old.dataset.tag = body.dataset.tag;
  const changed = [...body.querySelectorAll("section[id]")].filter((one) => sources.get(one.id) !== one.outerHTML);
  changed.forEach((fresh) => put(fresh, document.getElementById(fresh.id)));
  return changed.length > 0;
}

async function ask() {
  const tag = document.getElementById("home-body").dataset.tag;
  const answer = await fetch(home.dataset.url, { headers: { "If-None-Match": tag }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.type === "opaqueredirect" || answer.status === 403) return location.reload(); // signed out
  if (answer.status === 304) return undefined;
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (bringUpToDate(document.adoptNode(page.getElementById("home-body")))) {
    drawAll();
    said.textContent = home.dataset.saidOne;
  }
  return undefined;
}

let asking = false; // a slow server is not asked twice at once

async function refresh() {
  if (document.hidden || asking) return;
  asking = true;
  try {
    await ask();
    home.classList.remove("is-lost");
  } catch {
    if (!home.classList.contains("is-lost")) said.textContent = home.dataset.saidLost;
    home.classList.add("is-lost");
  }
  asking = false;
}

// --- Minutes of running jobs ---

function tick() {
  home.querySelectorAll("[data-ran-seconds]").forEach((one) => {
    one.begun ??= performance.now();
    const seconds = Number(one.dataset.ranSeconds) + (performance.now() - one.begun) / 1000;
    const minutes = Math.floor((Math.floor(seconds) + 30) / 60);
    one.querySelector("b").textContent = minutes;
    const estimate = Number(one.dataset.estimate);
    const bar = one.parentElement.querySelector("i");
    if (estimate) bar.style.width = `${Math.min(100, Math.floor((100 * minutes) / estimate))}%`;
  });
}

remember();
drawAll();
setInterval(refresh, 1000 * Number(home.dataset.freshSeconds));
setInterval(tick, 10000);
document.addEventListener("visibilitychange", refresh);
new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
