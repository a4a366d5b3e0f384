// A chart of the page as a picture: its SVG with the colours of the moment written out, below its title, drawn large; and fields
// that wait until they are drawn anew.
(() => {
  const SCALE = 2;
  const MARGIN = 24;
  const LINE = 22;

  function colours(text) {
    const style = getComputedStyle(document.documentElement);
    return text.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  }

  function lines(context, words, width) {
    const found = [""];
    for (const word of words.split(" ")) {
      const longer = `${found.at(-1)} ${word}`.trim();
      if (context.measureText(longer).width <= width || !found.at(-1)) found[found.length - 1] = longer;
      else found.push(word);
    }
    return found.slice(0, 6);
  }

  async function drawn(svg) {
    const picture = svg.cloneNode(true);
    picture.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(colours(new XMLSerializer().serializeToString(picture)))}`;
    await image.decode();
    return image;
  }

  function legend(context, width) {
    let x = 0;
    let y = 0;
    return [...document.querySelectorAll('.legend-entry[aria-pressed="true"]')].map((entry) => {
      const words = entry.textContent.trim();
      const length = context.measureText(words).width + 36;
      if (x + length > width && x) {
        x = 0;
        y += LINE;
      }
      const placed = { words, x, y, colour: getComputedStyle(entry.querySelector(".swatch")).backgroundColor };
      x += length;
      return placed;
    });
  }

  function paint(context, title, entries, left, fonts) {
    context.fillStyle = colours("var(--ink)");
    context.font = fonts.title;
    title.forEach((words, at) => context.fillText(words, left, left + 14 + at * LINE));
    context.font = fonts.legend;
    const top = left + title.length * LINE + 14;
    for (const { words, x, y, colour } of entries) {
      context.fillStyle = colour;
      context.fillRect(left + x, top + y - 10, 11, 11);
      context.fillStyle = colours("var(--ink)");
      context.fillText(words, left + x + 17, top + y);
    }
  }

  async function save(button) {
    const svg = document.querySelector(".explored-chart svg");
    if (!svg) return;
    const { width, height } = svg.getBoundingClientRect();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const fonts = { title: `600 15px ${colours("var(--sans)")}`, legend: `12.5px ${colours("var(--sans)")}` };
    context.font = fonts.title;
    const title = lines(context, button.dataset.title, width);
    context.font = fonts.legend;
    const entries = legend(context, width);
    const head = title.length * LINE + (entries.length ? entries.at(-1).y + LINE : 0) + 8;
    canvas.width = (width + 2 * MARGIN) * SCALE;
    canvas.height = (height + 2 * MARGIN + head) * SCALE;
    context.scale(SCALE, SCALE);
    context.fillStyle = colours("var(--raised)");
    context.fillRect(0, 0, canvas.width, canvas.height);
    paint(context, title, entries, MARGIN, fonts);
    context.drawImage(await drawn(svg), MARGIN, MARGIN + head, width, height);
    const link = document.createElement("a");
    link.download = button.dataset.file;
    link.href = canvas.toDataURL("image/png");
    link.click();
  }

  // Another property has other comparisons and values: what would be chosen of the old ones meanwhile would be lost.
  document.addEventListener("change", (event) => {
    const row = event.target.closest?.(".filter-row");
    if (!row || event.target !== row.querySelector("select, input")) return;
    for (const each of row.querySelectorAll("select, input")) each.disabled = each !== event.target;
  });

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-picture]");
    if (pressed) save(pressed);
  });
})();
