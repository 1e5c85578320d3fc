// Tables with the class "sortable": a click on a column's head sorts, a second one turns round.

function cellText(row, column) {
  return row.cells[column].textContent.trim();
}

// Numbers by size, before everything else; the rest as text.
function compared(one, other) {
  const [a, b] = [one, other].map(Number.parseFloat);
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b || one.localeCompare(other);
  if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
  return one.localeCompare(other);
}

function sortBy(table, column) {
  const heads = [...table.tHead.rows[0].cells];
  const turned = heads[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", turned === 1 ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => turned * compared(cellText(a, column), cellText(b, column)));
  table.tBodies[0].append(...rows);
}

function startTables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.append(...head.childNodes);
      button.addEventListener("click", () => sortBy(table, column));
      head.append(button);
    });
  }
}
