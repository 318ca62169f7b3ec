// The page of a catalog. Everything that is shown goes through textContent:
// nothing of the catalog is ever taken for markup.

const rows = 50;
const main = document.getElementById("main");
const nav = document.getElementById("nav");
const search = document.getElementById("search");
const banner = document.getElementById("banner");
let overview = null;

// el makes an element with attributes and children; a text child stays text.
function el(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (v !== undefined && v !== null) e.setAttribute(k, v);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined));
  return e;
}

async function ask(path, parameters = {}) {
  const answer = await fetch(`api/${path}?${new URLSearchParams(parameters)}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  return body;
}

const blueprintOf = (id) => overview.blueprints.find((b) => b.identifier === id);
const titleOf = (id) => blueprintOf(id)?.title ?? id;
const query = (q, page) => (q || page ? "?" + new URLSearchParams({ q, page }) : "");
const listLink = (bp, q = "", page = 0) => (bp ? `#/b/${encodeURIComponent(bp)}` : "#/s") + query(q, page);
const entityLink = (bp, id) => `#/e/${encodeURIComponent(bp)}/${encodeURIComponent(id)}`;
const count = (n) => n.toLocaleString("en");
const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;
const entities = (n) => plural(n, "entity", "entities");

// glyph is a blueprint's mark: its initials, and a hue far from its neighbours'.
function glyph(id, big) {
  const index = overview.blueprints.findIndex((b) => b.identifier === id);
  const title = titleOf(id);
  const words = title.split(/[^\p{L}\p{N}]+/u).filter((w) => w && w !== "AWS");
  const text = words.length > 1 ? words[0][0] + words[1][0] : (words[0] || title).slice(0, 2);
  const g = el("span", { class: big ? "glyph big" : "glyph", "aria-hidden": "true" }, text);
  g.style.setProperty("--hue", String(Math.round(index * 137.5 + 205) % 360));
  return g;
}

function when(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return el("time", { datetime: text, title: text, class: "num" }, date.toISOString().slice(0, 19).replace("T", " "));
}

// section is a part of a page with its heading.
function section(title, ...children) {
  const id = title.toLowerCase();
  return el("section", { "aria-labelledby": id }, el("h2", { id }, title), children);
}

const soft = (text) => el("span", { class: "soft" }, text);

// shown renders a property's value by what it is.
function shown(value) {
  if (value === null || value === undefined) return soft("–");
  if (typeof value === "boolean") return el("span", { class: value ? "yes" : "no" }, value ? "yes" : "no");
  if (typeof value === "number") return el("span", { class: "num" }, String(value));
  if (Array.isArray(value)) return listed(value);
  if (typeof value === "object") return el("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));
  if (value === "") return soft("empty");
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return when(value);
  if (/^https?:\/\//.test(value)) return el("a", { href: value, rel: "noreferrer noopener", target: "_blank" }, value);
  return value;
}

// brief renders a value in a row: lists and objects are counted already.
function brief(value) {
  if (value?.items !== undefined) return value.items ? plural(value.items, "item", "items") : soft("none");
  if (value?.keys !== undefined) return plural(value.keys, "key", "keys");
  return shown(value);
}

function listed(values) {
  if (values.length === 0) return soft("none");
  const tag = (v) => v && typeof v === "object" && typeof v.Key === "string" && "Value" in v;
  if (values.every(tag)) {
    return el("div", { class: "chips" }, values.map((v) => el("span", { class: "chip" }, el("i", {}, v.Key + " "), String(v.Value))));
  }
  if (values.every((v) => typeof v !== "object")) {
    return el("div", { class: "chips" }, values.map((v) => el("span", { class: "chip" }, String(v))));
  }
  return el("pre", { tabindex: "0" }, JSON.stringify(values, null, 2));
}

// decoded takes an address that somebody typed as it is, where it has no encoding.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function drawNav() {
  const here = decoded((location.hash.match(/^#\/[be]\/([^/?]+)/) || [])[1] || "");
  const item = (b) => el("a", { href: listLink(b.identifier), title: b.identifier, "aria-current": b.identifier === here ? "page" : null },
    glyph(b.identifier), el("span", {}, b.title), el("em", {}, count(b.entities)));
  const full = overview.blueprints.filter((b) => b.entities);
  const empty = overview.blueprints.filter((b) => !b.entities);
  const open = nav.querySelector("details")?.open || empty.some((b) => b.identifier === here);
  nav.replaceChildren(el("p", { class: "label" }, "Blueprints"), ...full.map(item), ...(empty.length
    ? [el("details", { open: open ? "" : null }, el("summary", {}, `Without entities · ${empty.length}`), empty.map(item))] : []));
  document.getElementById("whose").textContent = overview.name || "Catalog";
  document.getElementById("report").hidden = !overview.report;
}

function drawHome() {
  const full = overview.blueprints.filter((b) => b.entities);
  return [
    el("div", { class: "head" }, el("div", {}, el("h1", {}, overview.name || "Catalog"),
      el("p", { class: "soft" }, full.length ? `${entities(overview.entities)} of ${plural(full.length, "blueprint", "blueprints")}` : null))),
    (overview.notes || []).length ? el("div", { class: "notes" }, overview.notes.map((n) => el("p", {}, n))) : null,
    full.length ? section("Catalog", el("div", { class: "grid" }, full.map((b) =>
      el("a", { class: "card tile", href: listLink(b.identifier), title: b.description || null }, glyph(b.identifier, true), el("b", {}, count(b.entities)), el("span", {}, b.title)))))
      : el("p", { class: "card empty" }, "The catalog is empty. ", overview.report ? el("a", { href: "report" }, "The report says what was read, and what was not.") : null),
  ];
}

// columnsOf chooses what a table shows: what is short and set on most rows.
function columnsOf(blueprint, found) {
  const filled = (p) => found.filter((e) => (e.properties[p.name] ?? null) !== null).length;
  const worth = (p) => filled(p) * 2 >= found.length && p.type !== "object" && !/arn$/i.test(p.name);
  const score = (p) => (p.type === "array" ? 1 : 0) + (p.format === "date-time" ? 0.5 : 0);
  return blueprint.properties.filter(worth).sort((a, b) => score(a) - score(b)).slice(0, 4);
}

function drawTable(blueprint, found) {
  const columns = blueprint ? columnsOf(blueprint, found).map((c) => [c.title, (e) => brief(e.properties[c.name])])
    : [["Blueprint", (e) => titleOf(e.blueprint)]];
  const target = (r) => (e) => {
    const led = e.led[r.name];
    if (!led) return soft("–");
    const [first] = led.entities;
    if (led.count > 1) return entities(led.count);
    return first.absent ? soft(first.identifier) : el("a", { href: entityLink(r.target, first.identifier), title: first.identifier }, first.title || first.identifier);
  };
  if (blueprint) columns.push(...blueprint.relations.slice(0, 2).map((r) => [r.title, target(r)]));
  const row = (e) => el("tr", {},
    el("td", {}, el("a", { href: entityLink(e.blueprint, e.identifier) }, e.title || e.identifier),
      e.title && e.title !== e.identifier ? el("small", { title: e.identifier }, e.identifier) : null),
    columns.map(([title, cell]) => el("td", { "data-title": title }, cell(e))));
  return el("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": "Entities" }, el("table", { class: "list" },
    el("thead", {}, el("tr", {}, ["Title", ...columns.map(([title]) => title)].map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, found.map(row))));
}

// drawList shows the entities of a blueprint, or of all of them, in which every word of q is found.
async function drawList(id, q, page) {
  const blueprint = id ? blueprintOf(id) : null;
  if (id && !blueprint) throw new Error(`There is no blueprint ${id}.`);
  const found = await ask("entities", { blueprint: id, q, offset: page * rows, limit: rows });
  const last = Math.max(0, Math.ceil(found.matched / rows) - 1);
  if (page > last) return drawList(id, q, last);
  const all = blueprint ? blueprint.entities : overview.entities;
  const step = (to, text) => (to < 0 || to > last ? null : el("a", { class: "button", href: listLink(id, q, to) }, text));
  const first = found.matched ? page * rows + 1 : 0;
  let box = null;
  if (blueprint) {
    box = el("input", { type: "search", id: "filter", placeholder: "Filter by any word", "aria-label": `Filter ${blueprint.title}`, autocomplete: "off", spellcheck: "false" });
    box.value = q;
    box.addEventListener("input", () => { history.replaceState(null, "", listLink(id, box.value)); draw(); });
  }
  return [
    el("div", { class: "crumbs" }, el("a", { href: "#/" }, "Catalog")),
    el("div", { class: "head" }, blueprint ? glyph(id, true) : null,
      el("div", {}, el("h1", {}, blueprint ? blueprint.title : `“${q}”`), el("p", { class: "soft mono" }, blueprint ? id : "in all blueprints"))),
    el("div", { class: "tools" }, box, el("span", { class: "soft", role: "status" }, found.matched === all ? entities(all) : `${count(found.matched)} of ${count(all)}`)),
    found.matched ? drawTable(blueprint, found.entities) : el("p", { class: "card empty" }, q ? "Nothing matches." : "No entities."),
    last > 0 ? el("div", { class: "pager" }, step(page - 1, "Earlier"),
      el("span", {}, `${count(first)}–${count(first + found.entities.length - 1)}`), step(page + 1, "Later")) : null,
  ];
}

// bunch is one relation of an entity, with what is at its other end.
function bunch(n, title, of) {
  const link = (e) => (e.absent
    ? el("span", { class: "link absent", title: "This catalog does not have it" }, el("span", {}, e.identifier))
    : el("a", { class: "link", href: entityLink(n.blueprint, e.identifier), title: e.identifier }, glyph(n.blueprint), el("span", {}, e.title || e.identifier)));
  const more = n.count - n.entities.length;
  return el("div", { class: "bunch" }, el("h3", {}, `${title} · ${count(n.count)}`),
    el("div", { class: "links" }, n.entities.map(link), more > 0 ? el("a", { class: "link", href: listLink(n.blueprint, of) }, el("span", {}, `and ${count(more)} more`)) : null));
}

async function drawEntity(bp, id) {
  const found = await ask("entity", { blueprint: bp, identifier: id });
  const e = found.entity;
  const blueprint = blueprintOf(bp);
  const name = e.title || e.identifier;
  const alone = (n) => found.incoming.filter((other) => other.blueprint === n.blueprint).length === 1;
  const incoming = (n) => bunch(n, alone(n) ? titleOf(n.blueprint) : `${titleOf(n.blueprint)}, ${n.title}`, id);
  const property = (p) => el("tr", {}, el("th", { scope: "row", title: p.name }, p.title), el("td", {}, shown(e.properties[p.name])));
  return [
    el("div", { class: "crumbs" }, el("a", { href: "#/" }, "Catalog"), el("a", { href: listLink(bp) }, blueprint.title)),
    el("div", { class: "head" }, glyph(bp, true), el("div", {}, el("h1", {}, name), el("p", { class: "soft mono" }, e.identifier))),
    section("Relations", el("div", { class: "card chart" },
      el("div", { class: "side from", "data-none": "Nothing relates to it." }, found.incoming.map(incoming)),
      el("div", { class: "self" }, name, el("small", {}, blueprint.title)),
      el("div", { class: "side to", "data-none": "It relates to nothing." }, found.outgoing.map((n) => bunch(n, n.title, id))))),
    section("Properties", blueprint.properties.length
      ? el("div", { class: "card" }, el("table", { class: "props" }, el("tbody", {}, blueprint.properties.map(property))))
      : el("p", { class: "card empty" }, "The blueprint has none.")),
  ];
}

const svg = (name, attributes) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
};

// drawThreads joins the entity on show with those around it.
function drawThreads() {
  const chart = document.querySelector(".chart");
  if (!chart) return;
  chart.querySelector("svg")?.remove();
  const frame = chart.getBoundingClientRect();
  const self = chart.querySelector(".self").getBoundingClientRect();
  const sheet = svg("svg", { "aria-hidden": "true" });
  for (const b of chart.querySelectorAll(".bunch")) {
    const box = b.querySelector(".links").getBoundingClientRect();
    const from = box.right < self.left;
    const [x1, x2] = from ? [box.right + 8, self.left] : [box.left - 8, self.right];
    const [y1, y2, middle] = [box.top + box.height / 2, self.top + self.height / 2, (x1 + x2) / 2 - frame.left];
    const at = (x, y) => `${x - frame.left} ${y - frame.top}`;
    sheet.append(svg("path", { d: `M${at(x1, y1)}C${middle} ${y1 - frame.top} ${middle} ${y2 - frame.top} ${at(x2, y2)}` }));
  }
  chart.prepend(sheet);
}

// place is what the address points at.
function place() {
  const [path, asked] = location.hash.replace(/^#\/?/, "").split("?");
  const [what, bp, id] = path.split("/").map(decoded);
  const q = new URLSearchParams(asked);
  return { what, bp, id, q: q.get("q") || "", page: Math.max(0, Number.parseInt(q.get("page"), 10) || 0) };
}

function view() {
  const { what, bp, id, q, page } = place();
  if (what === "b") return drawList(bp, q, page);
  if (what === "s") return drawList("", q, page);
  if (what === "e") return drawEntity(bp, id);
  return drawHome();
}

// draw shows where the address points. A later call wins over one under way,
// and the filter box keeps its focus.
let drawing = 0;
async function draw() {
  const turn = ++drawing;
  let content;
  try {
    content = await view();
  } catch (problem) {
    content = [el("h1", {}, "Not found"), el("p", { class: "card empty" }, problem.message)];
  }
  if (turn !== drawing) return;
  const box = document.getElementById("filter");
  const kept = box && document.activeElement === box ? [box.value, box.selectionStart, box.selectionEnd] : null;
  drawNav();
  main.replaceChildren(...content.flat().filter((c) => c !== null));
  document.title = `${main.querySelector("h1").textContent} · Portolan`;
  if (document.activeElement !== search) search.value = place().what === "s" ? place().q : "";
  drawThreads();
  const fresh = document.getElementById("filter");
  if (kept && fresh) {
    fresh.focus({ preventScroll: true });
    fresh.value = kept[0];
    fresh.setSelectionRange(kept[1], kept[2]);
  }
}

async function refresh() {
  if (document.hidden) return;
  try {
    const before = overview?.changed;
    overview = await ask("overview");
    banner.hidden = true;
    if (before !== overview.changed) await draw();
  } catch {
    banner.textContent = "Portolan has ended, or cannot be reached. What is on show stays.";
    banner.hidden = false;
  }
}

search.addEventListener("input", () => {
  if (place().what === "s") history.replaceState(null, "", listLink("", search.value));
  else history.pushState(null, "", listLink("", search.value));
  draw();
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  event.preventDefault();
  search.focus();
});
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("resize", drawThreads);
addEventListener("hashchange", async () => {
  await draw();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});
await refresh();
setInterval(refresh, 5000);
