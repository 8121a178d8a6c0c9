// One stop of the Tab key in the calendar of days; arrow keys, Home and End move within it.
(() => {
  for (const calendar of document.querySelectorAll("[data-calendar]")) {
    const rows = [...calendar.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("a")]);
    const days = rows.flat();
    if (!days.length) continue;
    const stop = (day) => {
      for (const other of days) other.tabIndex = other === day ? 0 : -1;
    };
    const newest = rows.reduce((last, row) => (row.length >= rows[0].length ? row.at(-1) : last), rows[0].at(-1));
    stop(newest);
    calendar.addEventListener("focusin", ({ target }) => days.includes(target) && stop(target));
    calendar.addEventListener("keydown", (event) => {
      const row = rows.findIndex((squares) => squares.includes(event.target));
      if (row < 0) return;
      const column = rows[row].indexOf(event.target);
      const next = {
        ArrowLeft: rows[row][column - 1],
        ArrowRight: rows[row][column + 1],
        ArrowUp: rows[row - 1]?.[column] ?? rows[6]?.[column - 1],
        ArrowDown: rows[row + 1]?.[column] ?? rows[0][column + 1],
        Home: rows[row][0],
        End: rows[row].at(-1),
      }[event.key];
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }
})();
