// The page of the simulated Port. Everything that is shown goes through
// textContent: nothing of the catalog is ever taken for markup.

const rows = 50;
const main = document.getElementById("main");
const nav = document.getElementById("nav");
const pulse = document.getElementById("pulse");
let overview = null;

// folded are the parts that a person has closed: drawing anew leaves them so.
const folded = new Set();
document.addEventListener("toggle", (event) => {
  if (!event.target.isConnected || !event.target.id) return;
  if (event.target.open) folded.delete(event.target.id); else folded.add(event.target.id);
}, true);

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
  const answer = await fetch(`/ui/api/${path}?${new URLSearchParams(parameters)}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  return body;
}

const blueprintOf = (id) => overview.blueprints.find((b) => b.identifier === id);
const listLink = (bp, q = "", page = 0) =>
  `#/b/${encodeURIComponent(bp)}${q || page ? "?" + new URLSearchParams({ q, page }) : ""}`;
const entityLink = (bp, id) => `#/e/${encodeURIComponent(bp)}/${encodeURIComponent(id)}`;
const count = (n) => n.toLocaleString("en");
const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;

// glyph is a blueprint's mark: its initials, and a hue far from its neighbours'.
function glyph(id, big) {
  const index = overview.blueprints.findIndex((b) => b.identifier === id);
  const title = index < 0 ? id : overview.blueprints[index].title;
  const words = title.split(/[^\p{L}\p{N}]+/u).filter((w) => w && w !== "AWS");
  const text = words.length > 1 ? words[0][0] + words[1][0] : (words[0] || title).slice(0, 2);
  const g = el("span", { class: big ? "glyph big" : "glyph", "aria-hidden": "true" }, text);
  g.style.setProperty("--hue", String(Math.round(index * 137.5 + 205) % 360));
  return g;
}

function when(text) {
  if (!text) return el("span", { class: "soft" }, "–");
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  const shown = date.toISOString().slice(0, 19).replace("T", " ");
  return el("time", { datetime: text, title: text, class: "num" }, shown);
}

// shown renders a property's value by what it is.
function shown(value, brief) {
  if (value === null || value === undefined) return el("span", { class: "soft" }, "–");
  if (typeof value === "boolean") return el("span", { class: value ? "yes" : "no" }, value ? "yes" : "no");
  if (typeof value === "number") return el("span", { class: "num" }, String(value));
  if (typeof value === "string") {
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return when(value);
    if (/^https?:\/\//.test(value)) return el("a", { href: value, rel: "noreferrer noopener", target: "_blank" }, value);
    return value === "" ? el("span", { class: "soft" }, "empty") : value;
  }
  if (Array.isArray(value)) return listed(value, brief);
  return brief ? plural(Object.keys(value).length, "key", "keys") : el("pre", {}, JSON.stringify(value, null, 2));
}

function listed(values, brief) {
  if (values.length === 0) return el("span", { class: "soft" }, "none");
  if (brief) return plural(values.length, "item", "items");
  const tag = (v) => v && typeof v === "object" && typeof v.Key === "string" && "Value" in v;
  if (values.every(tag)) {
    return el("div", { class: "chips" }, values.map((v) => el("span", { class: "chip" }, el("i", {}, v.Key + " "), String(v.Value))));
  }
  if (values.every((v) => typeof v !== "object")) {
    return el("div", { class: "chips" }, values.map((v) => el("span", { class: "chip" }, String(v))));
  }
  return el("pre", {}, JSON.stringify(values, null, 2));
}

function drawNav() {
  const here = decodeURIComponent((location.hash.match(/^#\/[be]\/([^/?]+)/) || [])[1] || "");
  const item = (b) => el("a", {
    href: listLink(b.identifier), title: b.identifier, class: b.entities ? null : "none",
    "aria-current": b.identifier === here ? "page" : null,
  }, glyph(b.identifier), el("span", {}, b.title), el("em", {}, count(b.entities)));
  const own = overview.blueprints.filter((b) => !b.system);
  const system = overview.blueprints.filter((b) => b.system);
  nav.replaceChildren(el("h2", {}, "Blueprints"), ...own.map(item), el("h2", {}, "System"), ...system.map(item));
  pulse.replaceChildren(
    el("b", {}, count(overview.entities)), overview.entities === 1 ? " entity" : " entities", " · ",
    el("b", {}, count(overview.requests)), overview.requests === 1 ? " request" : " requests");
}

function stateOf(integration) {
  const s = integration.state || {};
  const fact = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
  return el("article", { class: "card ship" },
    el("header", {}, el("b", {}, integration.identifier),
      el("span", { class: "soft" }, `${integration.type} ${integration.version}`),
      el("span", { class: `state ${s.status || ""}` }, s.status || "no resync yet")),
    el("dl", { class: "facts" },
      [["Last start", when(s.lastResyncStart)], ["Last end", when(s.lastResyncEnd)], ["Next resync", when(s.nextResync)],
        ["Reports", count(integration.runs)],
        ["Resync request", integration.request ? when(integration.request.updatedAt) : when(null)],
        ["Kinds with examples", count(integration.examples)]].map(([k, v]) => el("div", {}, fact(k, v)))),
    integration.sync ? drawSync(integration.sync) : null,
    integration.logs.length ? drawLogs(integration.logs) : null);
}

// drawSync shows the latest resync, kind by kind.
function drawSync(sync) {
  const figures = ["fetched", "transformed", "filtered", "ingested", "unchanged", "failed", "deleted"];
  const whole = { __runtime__: "Whole resync", __reconciliation__: "Reconciliation" };
  const cell = (k, name) => {
    if (k.kind === "__runtime__" || (name === "deleted") !== (k.kind === "__reconciliation__")) return el("td", { class: "soft" }, "–");
    return el("td", { class: name === "failed" && k.failed ? "num off" : "num" }, count(k[name]));
  };
  const row = (k) => el("tr", {},
    el("th", { scope: "row", title: k.identifier }, whole[k.kind] || k.kind, k.blueprint ? el("small", {}, k.blueprint.replaceAll('"', "")) : null),
    el("td", {}, el("span", { class: `state ${k.state}` }, k.state)),
    figures.map((name) => cell(k, name)), el("td", { class: "num" }, k.seconds.toFixed(1)));
  return el("details", { class: "sync", id: "sync", open: folded.has("sync") ? null : "" },
    el("summary", {}, `Kinds of the resync · ${plural(sync.heartbeats, "heartbeat", "heartbeats")}`),
    el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, ["Kind", "State", ...figures, "seconds"].map((h) => el("th", { scope: "col" }, h[0].toUpperCase() + h.slice(1))))),
      el("tbody", {}, sync.kinds.map(row)))));
}

// drawLogs shows the end of the log, the latest line first.
function drawLogs(lines) {
  const extra = (e) => Object.entries(e || {}).filter(([k]) => !["hostname", "instance", "event_id"].includes(k))
    .map(([k, v]) => `${k}=${typeof v === "string" ? v : JSON.stringify(v)}`).join("  ");
  const row = (l) => el("li", { class: l.level.toLowerCase() }, el("span", { class: "soft num" }, l.at.slice(11, 19)), el("b", {}, l.level),
    el("span", {}, l.message + " ", el("i", {}, extra(l.extra))));
  return el("details", { class: "log", id: "log", open: folded.has("log") ? null : "" },
    el("summary", {}, `Log · the latest ${plural(lines.length, "line", "lines")}`), el("ol", {}, lines.toReversed().map(row)));
}

function drawHome() {
  const own = overview.blueprints.filter((b) => !b.system);
  return [
    el("section", {}, el("h2", {}, overview.integrations.length > 1 ? "Data sources" : "Data source"),
      overview.integrations.length ? overview.integrations.map(stateOf)
        : el("p", { class: "card empty" }, "No integration has registered yet.")),
    el("section", {}, el("h2", {}, "Catalog"),
      own.length ? el("div", { class: "grid" }, own.map((b) => el("a", { class: "card tile", href: listLink(b.identifier) },
        glyph(b.identifier, true), el("b", {}, count(b.entities)), el("span", {}, b.title))))
        : el("p", { class: "card empty" }, "The catalog is empty.")),
    overview.calls.length ? el("section", {}, el("h2", {}, "Calls of the API"), drawCalls(overview.calls)) : null,
  ];
}

function drawCalls(calls) {
  const most = calls[0].count;
  const row = (c) => {
    const [method, path] = c.route.split(" ");
    return el("tr", {}, el("td", { class: "mono" }, el("i", {}, method + " "), path),
      el("td", {}, el("progress", { max: most, value: c.count, "aria-hidden": "true" })), el("td", {}, count(c.count)));
  };
  return el("div", { class: "card" }, el("table", { class: "calls" }, el("tbody", {}, calls.map(row))));
}

// columnsOf chooses what a table shows: what is short and set on most rows.
function columnsOf(blueprint, entities) {
  const filled = (p) => entities.filter((e) => e.properties[p.name] !== null).length;
  const worth = (p) => filled(p) * 2 >= entities.length && p.type !== "object" && !/arn$/i.test(p.name);
  const score = (p) => (p.type === "array" ? 1 : 0) + (p.format === "date-time" ? 0.5 : 0);
  return blueprint.properties.filter(worth).sort((a, b) => score(a) - score(b)).slice(0, 4);
}

function drawTable(blueprint, entities) {
  const columns = columnsOf(blueprint, entities);
  const links = blueprint.relations.slice(0, 2);
  const target = (r, v) => {
    const ids = [v].flat().filter((id) => id !== null);
    if (ids.length === 0) return el("span", { class: "soft" }, "–");
    return ids.length > 1 ? plural(ids.length, "entity", "entities") : el("a", { href: entityLink(r.target, ids[0]) }, ids[0]);
  };
  const row = (e) => el("tr", {},
    el("td", {}, el("a", { href: entityLink(e.blueprint, e.identifier) }, e.title || e.identifier),
      e.title && e.title !== e.identifier ? el("small", { title: e.identifier }, e.identifier) : null),
    columns.map((c) => el("td", {}, shown(e.properties[c.name], true))),
    links.map((r) => el("td", {}, target(r, e.relations[r.name]))),
    el("td", {}, when(e.updatedAt)));
  return el("div", { class: "card scroll" }, el("table", { class: "list" },
    el("thead", {}, el("tr", {}, ["Title", ...columns.map((c) => c.title), ...links.map((r) => r.title), "Updated"].map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, entities.map(row))));
}

async function drawList(id, q, page) {
  const blueprint = blueprintOf(id);
  if (!blueprint) throw new Error(`There is no blueprint ${id}.`);
  const found = await ask("entities", { blueprint: id, q, offset: page * rows, limit: rows });
  const last = Math.max(0, Math.ceil(found.matched / rows) - 1);
  if (page > last) return drawList(id, q, last);
  const box = el("input", { type: "search", id: "filter", placeholder: "Filter by any word", "aria-label": "Filter entities", autocomplete: "off", spellcheck: "false" });
  box.value = q;
  box.addEventListener("input", () => { history.replaceState(null, "", listLink(id, box.value)); draw(); });
  const step = (to, text) => (to < 0 || to > last ? el("span", { class: "off" }, text) : el("a", { href: listLink(id, q, to) }, text));
  const first = found.matched ? page * rows + 1 : 0;
  return [
    el("div", { class: "head" }, glyph(id, true), el("div", {}, el("h1", {}, blueprint.title), el("p", { class: "soft mono" }, id))),
    el("div", { class: "tools" }, box, el("span", { class: "soft" },
      found.matched === blueprint.entities ? plural(found.matched, "entity", "entities") : `${count(found.matched)} of ${count(blueprint.entities)}`)),
    found.matched ? drawTable(blueprint, found.entities)
      : el("p", { class: "card empty" }, q ? "Nothing matches." : "No entities yet."),
    last > 0 ? el("div", { class: "pager" }, step(page - 1, "Earlier"),
      `${count(first)}–${count(first + found.entities.length - 1)}`, step(page + 1, "Later")) : null,
  ];
}

function bunch(n) {
  const more = n.count - n.entities.length;
  return el("div", { class: "bunch" }, el("h3", {}, `${n.title} · ${count(n.count)}`),
    el("div", { class: "links" }, n.entities.map((e) => el("a", { class: "link", href: entityLink(n.blueprint, e.identifier), title: e.identifier },
      glyph(n.blueprint), el("span", {}, e.title || e.identifier))), more > 0 ? el("span", { class: "soft" }, `and ${count(more)} more`) : null));
}

async function drawEntity(bp, id) {
  const found = await ask("entity", { blueprint: bp, identifier: id });
  const e = found.entity;
  const blueprint = blueprintOf(bp);
  const name = e.title || e.identifier;
  const named = (n) => {
    const b = blueprintOf(n.blueprint);
    return { ...n, title: b ? b.title : n.blueprint };
  };
  const fact = (k, v) => el("div", {}, el("dt", {}, k), el("dd", {}, v));
  return [
    el("div", { class: "crumbs" }, el("a", { href: "#/" }, "Catalog"), el("a", { href: listLink(bp) }, blueprint.title)),
    el("div", { class: "head" }, glyph(bp, true), el("div", {}, el("h1", {}, name), el("p", { class: "soft mono" }, e.identifier))),
    el("section", {}, el("h2", {}, "Relations"), el("div", { class: "card chart" },
      el("div", { class: "side from", "data-none": "Nothing relates to it." }, found.incoming.map(named).map(bunch)),
      el("div", { class: "self" }, name, el("small", {}, blueprint.title)),
      el("div", { class: "side to", "data-none": "It relates to nothing." }, found.outgoing.map(bunch)))),
    el("section", {}, el("h2", {}, "Properties"), blueprint.properties.length
      ? el("div", { class: "card" }, el("table", { class: "props" }, el("tbody", {}, blueprint.properties.map((p) =>
        el("tr", {}, el("th", { scope: "row", title: p.name }, p.title), el("td", {}, shown(e.properties[p.name])))))))
      : el("p", { class: "card empty" }, "The blueprint has no properties.")),
    el("section", {}, el("h2", {}, "Record"), el("dl", { class: "card ship facts" },
      fact("Written by", el("code", {}, found.datasource)), fact("Created", when(e.createdAt)), fact("Updated", when(e.updatedAt)),
      fact("Team", e.team.length ? e.team.join(", ") : "–"))),
  ];
}

const svg = (name, attributes) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
};

// drawThreads ties each group of relations to the entity in the middle.
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

function view() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [what, bp, id] = path.split("/").map(decodeURIComponent);
  const q = new URLSearchParams(query);
  if (what === "b") return drawList(bp, q.get("q") || "", Math.max(0, Number.parseInt(q.get("page"), 10) || 0));
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
    content = [el("p", { class: "card empty" }, problem.message)];
  }
  if (turn !== drawing) return;
  const box = document.getElementById("filter");
  const kept = box && document.activeElement === box ? [box.value, box.selectionStart, box.selectionEnd] : null;
  drawNav();
  main.replaceChildren(...content.flat().filter((c) => c !== null));
  drawThreads();
  const fresh = document.getElementById("filter");
  if (kept && fresh) {
    fresh.focus({ preventScroll: true });
    fresh.value = kept[0];
    fresh.setSelectionRange(kept[1], kept[2]);
  }
}

// mark changes when what is on show may have changed: the requests are on the
// first view only.
const home = () => !/^#\/[be]\//.test(location.hash);
const mark = (o) => JSON.stringify([o.revision, home() && o.requests, o.blueprints.length, o.integrations]);

async function refresh() {
  if (document.hidden) return;
  try {
    const before = overview && mark(overview);
    overview = await ask("overview");
    if (before === mark(overview)) drawNav(); else await draw();
  } catch {
    pulse.replaceChildren("not reachable");
  }
}

addEventListener("resize", drawThreads);
addEventListener("hashchange", async () => { await draw(); scrollTo(0, 0); });
await refresh();
setInterval(refresh, 2000);
