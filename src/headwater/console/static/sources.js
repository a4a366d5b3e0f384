// The live event stream: the newest rows drawn at once, as text; nothing moves under a pointer or the keyboard's focus.
(() => {
  function cell(row, tag, classes, said) {
    const made = document.createElement(tag);
    made.className = classes;
    made.textContent = said;
    row.append(made);
  }

  function rowOf(list, event) {
    const item = document.createElement("li");
    const opens = list.dataset.opens === "yes";
    const row = document.createElement(opens ? "button" : "div");
    row.className = "stream-row";
    if (opens) {
      row.type = "button";
      row.dataset.number = event.number;
      row.setAttribute("aria-pressed", String(list.dataset.chosen === String(event.number)));
    }
    cell(row, "span", "quiet small stream-at", event.at);
    cell(row, "span", `stream-mark ${event.tone}`, event.mark);
    cell(row, "span", "strong stream-name", event.name);
    cell(row, "span", "tag", event.source);
    cell(row, "span", "quiet small stream-says", event.says);
    item.append(row);
    return item;
  }

  function isHeld(list) {
    return list.matches(":hover") || list.contains(document.activeElement);
  }

  function draw(list) {
    list.replaceChildren(...list.rows.map((event) => rowOf(list, event)));
    wait(list, false);
  }

  function wait(list, isLate) {
    list.isLate = isLate;
    list.classList.toggle("is-late", isLate);
  }

  function listen(list) {
    list.isHeard = true;
    list.addEventListener("click", (event) => {
      const row = event.target.closest("button.stream-row");
      if (!row) return;
      list.dataset.chosen = row.dataset.number;
      list.querySelectorAll("button.stream-row").forEach((each) => each.setAttribute("aria-pressed", String(each === row)));
      list.dispatchEvent(new CustomEvent("choose", { detail: Number(row.dataset.number) }));
    });
    const goOn = () => list.isLate && !isHeld(list) && draw(list);
    list.addEventListener("pointerleave", () => setTimeout(goOn));
    list.addEventListener("focusout", () => setTimeout(goOn));
  }

  window.headwaterStream = (id, rows, atOnce) => {
    const list = document.getElementById(id);
    if (!list) return;
    if (!list.isHeard) listen(list);
    list.rows = rows;
    if (isHeld(list) && !atOnce && list.children.length) wait(list, true);
    else draw(list);
  };
})();
