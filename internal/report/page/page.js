(() => {
  "use strict";
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  // Copies what is beside the button. Where the browser does not allow it, the text is selected.
  document.addEventListener("click", async event => {
    const button = event.target.closest?.(".copy");
    if (!button) return;
    const from = button.closest(".block, .fix").querySelector(".what");
    let done = "Copied";
    try {
      await navigator.clipboard.writeText(from.textContent);
    } catch {
      getSelection().selectAllChildren(from);
      if (!document.execCommand("copy")) done = "Selected";
    }
    button.textContent = done;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });

  // Sorts a table by the column of a heading: numbers from the largest, texts from the first.
  const value = cell => cell.dataset.value ?? cell.textContent.trim();
  const number = text => Number(text.replaceAll(",", ""));
  for (const head of all(".sheet thead th")) {
    if (head.closest("table").tBodies[0].rows.length < 3) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.closest(".sheet").classList.add("sorts");
    button.addEventListener("click", () => {
      const body = head.closest("table").tBodies[0], at = head.cellIndex, numeric = head.classList.contains("num");
      const up = head.ariaSort ? head.ariaSort === "descending" : !numeric;
      const rows = [...body.rows].map(row => [value(row.cells[at]), row]);
      rows.sort(([a], [b]) => (up ? 1 : -1) * (numeric ? number(a) - number(b) : a.localeCompare(b, "en", { numeric: true })));
      body.append(...rows.map(([, row]) => row));
      for (const other of head.parentNode.cells) other.ariaSort = null;
      head.ariaSort = up ? "ascending" : "descending";
    });
  }

  // Shows the rows that are folded.
  for (const button of all("[data-unfold]")) {
    button.addEventListener("click", () => {
      const body = button.closest("tbody") ?? button.previousElementSibling.querySelector("tbody");
      body.classList.remove("fold");
      body.dataset.unfolded = "";
      const next = body.querySelector("tr:nth-child(41) th");
      button.remove();
      if (next) {
        next.tabIndex = -1;
        next.focus({ preventScroll: true });
      }
    });
  }

  const map = document.querySelector(".map");
  if (!map) return;

  // Shows that the map goes on.
  const frame = map.parentNode;
  const edges = () => {
    frame.classList.toggle("before", map.scrollLeft > 4);
    frame.classList.toggle("after", map.scrollLeft + map.clientWidth < map.scrollWidth - 4);
  };
  map.addEventListener("scroll", edges, { passive: true });
  new ResizeObserver(edges).observe(map);

  // Says what a field of the map means: that which is touched, pointed at, or reached by the arrow keys.
  const table = map.querySelector("table"), says = document.getElementById("field");
  const kinds = all(".kinds th", table).map(th => th.title);
  const means = new Map(all(".legend li").reverse().map(li => [li.firstElementChild.textContent, li.lastElementChild.textContent.replace(/^[^ ]+: /, "")]));
  const name = row => row.cells[0].innerText.replace(/\s+/g, " ").trim();
  const meaning = cell => {
    const [mark, words] = [cell.firstElementChild ?? cell, cell.querySelector(".hidden")];
    const text = (words ?? mark).textContent.trim();
    if (text === "") return means.get("") ?? "not to be read";
    if (!words) return `all was read; ${text === "1" ? "1 resource" : `${text} resources`}`;
    return means.has(mark.textContent) ? `${text}; ${means.get(mark.textContent)}` : text;
  };
  const field = target => target.closest?.(".map td[class]");
  const tell = cell => { says.value = `${name(cell.parentNode)}, ${kinds[cell.cellIndex - 1]}: ${meaning(cell)}`; };
  const reach = cell => {
    for (const other of all("td[tabindex]", table)) other.removeAttribute("tabindex");
    cell.tabIndex = 0;
    cell.focus();
  };
  map.addEventListener("focusin", event => { if (field(event.target)) tell(field(event.target)); });
  map.addEventListener("focusout", () => { says.value = ""; });
  map.addEventListener("pointerleave", () => { if (!field(document.activeElement)) says.value = ""; });
  map.addEventListener("click", event => { if (field(event.target)) reach(field(event.target)); });
  map.addEventListener("pointerover", event => { if (event.pointerType === "mouse" && field(event.target)) tell(field(event.target)); });
  map.addEventListener("keydown", event => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key], cell = field(event.target);
    if (!step || !cell) return;
    event.preventDefault();
    const rows = all("tr", table).filter(row => row.querySelector("td[class]") && row.checkVisibility());
    reach(rows[rows.indexOf(cell.parentNode) + step[0]]?.cells[cell.cellIndex + step[1]]?.closest("td") ?? cell);
  });
  const first = map.querySelector("td[class]");
  if (first) first.tabIndex = 0;

  // Shows the accounts that have a text in their name or id.
  const filter = document.getElementById("filter"), found = document.getElementById("found");
  if (!filter) return;
  const groups = all("tbody", table).map(body => ({
    body, folds: body.classList.contains("fold"),
    rows: all("[data-account]", body).map(row => ({ row, text: row.cells[0].textContent.toLowerCase() })),
  }));
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    let count = 0;
    for (const group of groups) {
      let shown = 0;
      for (const { row, text } of group.rows) {
        row.hidden = !text.includes(wanted);
        if (!row.hidden) shown++;
      }
      group.body.hidden = shown === 0;
      group.body.classList.toggle("fold", group.folds && wanted === "" && !("unfolded" in group.body.dataset));
      count += shown;
    }
    found.value = wanted === "" ? "" : count === 1 ? "1 account" : `${count.toLocaleString("en")} accounts`;
  });
})();
