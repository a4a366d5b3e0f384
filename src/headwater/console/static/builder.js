// The builder of audiences: the list that opens below a field, and parts of a rule that are dragged or moved by keys.
(() => {
  const MOST = 280, SLOP = 4, EDGE = 72, STEP = 14;
  const ways = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "into" };
  let field = null, watched = null, marked = null, drag = null;

  // What fields offer ----------------------------------------------------------------------------------------------------
  const list = () => document.getElementById("offers");
  const options = () => [...(list()?.querySelectorAll("[role=option]") ?? [])];
  const isOpen = () => field !== null && list() && !list().hidden;

  function close() {
    marked = null;
    if (list()) list().hidden = true;
    if (field) delete field.dataset.wanted;
    field?.setAttribute("aria-expanded", "false");
    field?.removeAttribute("aria-activedescendant");
  }

  function place() {
    if (!isOpen()) return;
    const box = field.getBoundingClientRect(), held = list();
    const width = Math.min(Math.max(box.width, MOST), innerWidth - 16);
    const below = innerHeight - box.bottom, above = box.top;
    const up = below < 180 && above > below;
    held.style.width = `${width}px`;
    held.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    held.style.maxHeight = `${Math.min(320, (up ? above : below) - 12)}px`;
    held.style.top = up ? "auto" : `${box.bottom + 4}px`;
    held.style.bottom = up ? `${innerHeight - box.top + 4}px` : "auto";
  }

  function filled() {
    const held = list();
    if (!held || !field || held.dataset.for !== field.id || document.activeElement !== field) return;
    const found = options();
    const isSaid = found.length === 1 && found[0].dataset.value === field.value;
    const isWanted = field.dataset.wanted === field.value; // by a key
    if (!found.length || ((field.dataset.taken === field.value || isSaid) && !isWanted)) return close();
    held.hidden = false;
    field.setAttribute("aria-expanded", "true");
    place();
    if (marked !== null) mark(found.findIndex((each) => each.dataset.value === marked)); // offered anew while it was chosen
  }

  function mark(to) {
    const found = options();
    found.forEach((each, at) => each.setAttribute("aria-selected", String(at === to)));
    marked = found[to]?.dataset.value ?? null;
    if (!found[to]) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", found[to].id);
    found[to].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    delete field.dataset.wanted;
    const said = option.dataset.value;
    const isMany = field.dataset.offers === "list";
    const kept = isMany ? field.value.slice(0, field.value.lastIndexOf(",") + 1) : "";
    const item = isMany && /[",]/.test(said) ? `"${said.replaceAll('"', '""')}"` : said;
    field.value = kept ? `${kept} ${item}` : item;
    field.dataset.taken = field.value;
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("focusin", (event) => {
    if (!event.target.matches?.("[data-offers]")) return;
    field = event.target;
    if (field.value) field.dataset.taken = field.value; // what is said already is not asked again, unless by ArrowDown
    else delete field.dataset.taken;
    if (watched !== list()) {
      watched = list();
      if (watched) new MutationObserver(filled).observe(watched, { childList: true, attributeFilter: ["data-for"] });
    }
    if (list()?.dataset.for === field.id) filled();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === field) (close(), (field = null));
  });
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("#offers [role=option]");
    if (event.target.closest?.("#offers")) event.preventDefault(); // the field keeps the keyboard
    if (option && field) take(option);
  });
  addEventListener("scroll", place, { passive: true, capture: true });
  addEventListener("resize", place);

  function keyInField(event) {
    const found = options(), at = found.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" && !isOpen()) {
      field.dataset.wanted = field.value;
      filled();
    } else if (event.key === "ArrowDown") mark(at + 1 < found.length ? at + 1 : 0);
    else if (event.key === "ArrowUp" && isOpen()) mark(at > 0 ? at - 1 : found.length - 1);
    else if (event.key === "Enter" && isOpen() && found[at]) take(found[at]);
    else if (event.key === "Escape" && isOpen()) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Where the keyboard is, when the server draws a part anew ---------------------------------------------------------------
  const REACHED = "input, select, button, textarea";
  const reached = (held) => [...held.querySelectorAll(REACHED)];
  let trail = [];

  function remember(target) {
    trail = [];
    const rule = target.closest(".rule-hand");
    for (let held = target.parentElement; rule && held && held !== rule.parentElement; held = held.parentElement)
      trail.push([held, reached(held).indexOf(target)]);
  }

  new MutationObserver(() => {
    if (!trail.length || document.activeElement !== document.body) return;
    const [held, at] = trail.find(([each]) => each.isConnected) ?? [];
    if (!held || trail[0][0].isConnected && reached(trail[0][0])[trail[0][1]] === document.activeElement) return;
    const next = reached(held)[Math.min(at, reached(held).length - 1)];
    trail = [];
    next?.focus();
  }).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("focusin", (event) => remember(event.target));
  document.addEventListener("pointerdown", (event) => event.target.closest(REACHED) || (trail = []));

  // Parts that are dragged -----------------------------------------------------------------------------------------------
  const itemOf = (handle) => handle.closest("[data-item]");
  const listOf = (item) => item.parentElement.closest("[data-list]");

  function tell(item, detail) {
    const heard = item.parentElement.closest("[data-hears]");
    heard?.dispatchEvent(new CustomEvent("moved", { detail: { item: item.dataset.item, ...detail } }));
  }

  function spotAt(x, y) {
    const below = document.elementsFromPoint(x, y).find((each) => !drag.item.contains(each) && !each.closest(".drop-mark"));
    let held = below?.closest(`[data-list="${drag.kind}"]`) ?? below?.closest(".group")?.querySelector(`[data-list="${drag.kind}"]`);
    if (!held || held.closest("[data-hears]") !== drag.heard || drag.item.contains(held)) return null;
    const items = [...held.children].filter((each) => each.dataset.item !== undefined);
    const index = items.filter((each) => {
      const box = each.getBoundingClientRect();
      return y > box.top + box.height / 2;
    }).length;
    return { held, index, items };
  }

  function showSpot(spot) {
    drag.mark.hidden = !spot;
    if (!spot) return;
    const { held, index, items } = spot, frame = held.getBoundingClientRect();
    const next = items[index]?.getBoundingClientRect(), last = items.at(-1)?.getBoundingClientRect();
    const y = next ? next.top - 4 : last ? last.bottom + 3 : frame.top + 4;
    Object.assign(drag.mark.style, { left: `${frame.left}px`, top: `${y}px`, width: `${frame.width}px` });
  }

  function moveTo(event) {
    if (!drag.mark) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLOP) return;
      drag.mark = document.createElement("div");
      drag.mark.className = "drop-mark";
      document.body.append(drag.mark);
      drag.item.classList.add("is-dragged");
    }
    if (event.clientY < EDGE) scrollBy(0, -STEP);
    if (event.clientY > innerHeight - EDGE) scrollBy(0, STEP);
    showSpot((drag.spot = spotAt(event.clientX, event.clientY)));
  }

  function endDrag(isDone) {
    if (!drag) return;
    const { item, mark, spot } = drag;
    mark?.remove();
    item.classList.remove("is-dragged");
    drag = null;
    if (isDone && mark && spot) tell(item, { list: spot.held.dataset.path ?? "", index: spot.index });
  }

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.(".drag");
    if (!handle || event.button) return;
    const item = itemOf(handle), kind = listOf(item)?.dataset.list;
    drag = { item, kind, heard: item.parentElement.closest("[data-hears]"), x: event.clientX, y: event.clientY, spot: null };
    handle.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => drag && moveTo(event));
  document.addEventListener("pointerup", () => endDrag(true));
  document.addEventListener("pointercancel", () => endDrag(false));

  document.addEventListener(
    "keydown",
    (event) => {
      if (drag && event.key === "Escape") return endDrag(false);
      if (field && event.target === field) return keyInField(event);
      const handle = event.target.closest?.(".drag");
      if (!handle || !ways[event.key]) return;
      event.preventDefault();
      tell(itemOf(handle), { way: ways[event.key] });
    },
    true,
  );
})();
