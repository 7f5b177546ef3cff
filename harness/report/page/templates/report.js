"use strict";
// All of it is convenience: without this script the page says the same.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  // Tables: a button in every head, round from rising to falling to the order of the page.
  const NEXT = { ascending: "descending", descending: "none", none: "ascending" };

  const compare = (column, isNumber, direction) => (one, other) => {
    const [a, b] = [one.cells[column], other.cells[column]];
    if (!isNumber) {
      return direction * a.textContent.localeCompare(b.textContent, "en", { numeric: true });
    }
    const [left, right] = [a.dataset.v, b.dataset.v];
    if (left === undefined || right === undefined) {
      return (left === undefined) - (right === undefined);
    }
    return direction * (left - right);
  };

  const makeSortable = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const isGrouped = table.classList.contains("grouped");
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const order = NEXT[head.getAttribute("aria-sort")];
        heads.forEach((each) => each.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", order);
        // Groups are of the page's own order; in any other each row stands for itself.
        table.classList.toggle("grouped", isGrouped && order === "none");
        const direction = order === "descending" ? -1 : 1;
        const isNumber = head.classList.contains("num");
        body.append(
          ...(order === "none" ? rows : rows.toSorted(compare(column, isNumber, direction))),
        );
      });
    });
  };
  document.querySelectorAll("table.sortable").forEach((table) => {
    if (table.tBodies[0].rows.length < 2) return;
    // What is folded waits until it is opened: a large page has hundreds of tables.
    const folded = table.closest("details:not([open])");
    if (folded) folded.addEventListener("toggle", () => makeSortable(table), { once: true });
    else makeSortable(table);
  });

  // Figures: the drawing as a file of its own, as svg.standalone makes it.
  const alone = (drawing) => {
    const copy = drawing.cloneNode(true);
    const [, , width, height] = copy.getAttribute("viewBox").split(/\s+/);
    const style = document.createElementNS(SVG, "style");
    style.textContent = document.body.dataset.drawn;
    const ground = document.createElementNS(SVG, "rect");
    const { ground: paper } = document.body.dataset;
    const wanted = { width: "100%", height: "100%", fill: paper, class: "f-paper" };
    Object.entries(wanted).forEach(([name, value]) => ground.setAttribute(name, value));
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.prepend(style, ground);
    const text = new XMLSerializer().serializeToString(copy);
    return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
  };

  document.querySelectorAll("button.svg").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const drawing = button.closest("figure").querySelector(".drawing svg");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([alone(drawing)], { type: "image/svg+xml" }));
      link.download = button.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  });

  // Deep links into what is folded; the contents of a phone fold up when one is followed.
  const unfold = () => {
    const target = document.querySelector(":target");
    const folded = target?.closest("details:not([open])");
    if (!folded) return;
    folded.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  const bar = document.querySelector(".bar details");
  bar.addEventListener("click", ({ target }) => {
    if (target.closest("a")) bar.open = false;
  });

  // The contents at the side say where the reader is.
  const side = [...document.querySelectorAll(".side a")];
  const links = new Map(side.map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const watcher = new IntersectionObserver(
    (entries) => {
      entries.forEach(({ target, isIntersecting }) => {
        if (isIntersecting) seen.add(target.id);
        else seen.delete(target.id);
      });
      const here = [...links.keys()].findLast((id) => seen.has(id));
      links.forEach((link, id) => {
        if (id === here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    },
    { rootMargin: "-5% 0px -90% 0px" },
  );
  links.forEach((_, id) => watcher.observe(document.getElementById(id)));

  // A page that is still being made is looked at again, where anybody looks at it.
  const live = document.querySelector(".live");
  const again = () => {
    if (document.visibilityState === "visible") location.reload();
    else document.addEventListener("visibilitychange", again, { once: true });
  };
  if (live) setTimeout(again, 1000 * live.dataset.refresh);
})();
