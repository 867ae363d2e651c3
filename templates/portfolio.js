"use strict";
// Sorts and filters the table of use cases; without it the page is whole, only still.
(() => {
  const table = document.getElementById("rows");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const text = document.getElementById("filter-text");
  const approach = document.getElementById("filter-approach");
  const count = document.getElementById("filter-count");
  const found = rows.map((row) => row.textContent.toLowerCase());

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let visible = 0;
    rows.forEach((row, i) => {
      const fits = words.every((word) => found[i].includes(word));
      const chosen = !approach.value || row.dataset.approach === approach.value;
      row.hidden = !(fits && chosen);
      visible += !row.hidden;
    });
    count.textContent = `${visible.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
  };

  const heads = [...table.tHead.rows[0].cells];
  const by = document.getElementById("sort-by");

  const sort = (column, rising) => {
    const head = heads[column];
    const numeric = head.dataset.kind === "number";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.sort;
    const order = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (!x || !y) return !x - !y; // what has no value stays last, whichever way
      const apart = numeric ? x - y : x.localeCompare(y, "en");
      return rising ? apart : -apart;
    };
    body.append(...[...body.rows].sort(order));
  };

  heads.forEach((head, column) => {
    by.append(new Option(head.textContent, column));
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") !== "ascending"));
  });
  // The largest first, as who sorts on a phone has no second click.
  by.addEventListener("change", () => sort(Number(by.value), heads[by.value].dataset.kind !== "number"));
  text.addEventListener("input", filter);
  approach.addEventListener("change", filter);
  document.getElementById("filter").hidden = false;
  filter();
})();
