(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const field = document.getElementById("filter");
  if (!field) return;
  const found = document.getElementById("found");
  const groups = [...document.querySelectorAll(".map tbody")].map(body => ({
    body, folds: body.classList.contains("fold"),
    rows: [...body.querySelectorAll("[data-account]")].map(row => ({ row, text: row.cells[0].textContent.toLowerCase() })),
  }));
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let count = 0;
    for (const group of groups) {
      let shown = 0;
      for (const { row, text } of group.rows) {
        row.hidden = !text.includes(wanted);
        if (!row.hidden) shown++;
      }
      group.body.hidden = shown === 0;
      group.body.classList.toggle("fold", group.folds && wanted === "");
      count += shown;
    }
    found.value = wanted === "" ? "" : count === 1 ? "1 account" : `${count.toLocaleString("en")} accounts`;
  });
  document.querySelectorAll("[data-unfold]").forEach(button => button.addEventListener("click", () => {
    const body = button.closest("tbody");
    groups.find(group => group.body === body).folds = false;
    body.classList.remove("fold");
    button.remove();
  }));
})();
