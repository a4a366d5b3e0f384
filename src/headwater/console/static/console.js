// What the browser does by itself: shortcuts, the palette's opening and moving in it, colours, the menu of a narrow window, and
// coming back after the connection was lost.
(() => {
  const find = (selector) => document.querySelector(selector);
  const root = document.documentElement;

  function isTyping(target) {
    return target.closest?.("input, textarea, select, [contenteditable=true]");
  }

  function openPalette() {
    const palette = find("#palette");
    if (!palette || palette.open) return;
    const input = palette.querySelector("input");
    palette.showModal();
    input.value = "";
    input.dispatchEvent(new Event("input"));
    input.focus();
  }

  function closePalette() {
    find("#palette")?.close();
  }

  function move(by) {
    const found = [...document.querySelectorAll("#palette .palette-link")];
    const at = found.indexOf(document.activeElement);
    const next = at + by;
    if (next < 0) find("#palette input").focus();
    else found[Math.min(next, found.length - 1)]?.focus();
  }

  function switchTheme() {
    const order = ["system", "light", "dark"];
    const now = localStorage.getItem("headwater-theme") || "system";
    const next = order[(order.indexOf(now) + 1) % order.length];
    if (next === "system") {
      localStorage.removeItem("headwater-theme");
      delete root.dataset.theme;
    } else {
      localStorage.setItem("headwater-theme", next);
      root.dataset.theme = next;
    }
    say(`Colours: ${next}`);
  }

  function say(words) {
    let line = find("#said");
    if (!line) {
      line = document.createElement("div");
      line.id = "said";
      line.setAttribute("role", "status");
      document.body.append(line);
    }
    line.textContent = words;
    line.classList.add("is-shown");
    clearTimeout(say.timer);
    say.timer = setTimeout(() => line.classList.remove("is-shown"), 1600);
  }

  function menu(open) {
    const shell = find(".shell");
    const is = open ?? !shell.classList.contains("is-open");
    shell.classList.toggle("is-open", is);
    find(".menu")?.setAttribute("aria-expanded", String(is));
    if (is) find("#side a")?.focus();
  }

  // A page whose console was started again, or whose session has ended, is not known there any more: it is asked for anew.
  function watchConnection() {
    const manager = window.socket?.io;
    if (!manager) return void setTimeout(watchConnection, 500);
    find("#popup")?.setAttribute("role", "status");
    let refusals = 0;
    manager.on("reconnect", () => (refusals = 0));
    manager.on("reconnect_error", async () => {
      const isThere = await fetch("/static/theme.js", { cache: "no-store" }).then((answer) => answer.ok, () => false);
      refusals = isThere ? refusals + 1 : 0;
      if (refusals >= 2) location.reload();
    });
  }

  const does = {
    palette: openPalette,
    theme: () => (closePalette(), switchTheme()),
    menu: () => menu(),
    "sign-out": () => find('form[action="/sign-out"]').requestSubmit(),
  };

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-does]");
    if (pressed) does[pressed.dataset.does]?.();
    if (event.target.closest(".palette-link[href]")) closePalette();
    if (event.target.id === "palette") closePalette();
    if (event.target.closest("#side a")) menu(false);
    if (event.target.closest(".skip")) {
      event.preventDefault();
      find("#main").focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
    } else if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      openPalette();
    } else if (event.key === "Escape" && find(".shell.is-open")) {
      menu(false);
      find(".menu").focus();
    } else if (find("#palette")?.open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && event.target.matches?.("#palette input")) {
      find("#palette .palette-link")?.click();
    }
  });

  watchConnection();
})();
