"""Checks by hand of what makes a page usable by everybody: names of controls, contrast, headings, one main part."""

from __future__ import annotations

from playwright.sync_api import Page

NAMES = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary, [role=region], nav, dialog")]
    .filter((e) => e.type !== "hidden" && !e.closest("#nicegui-keep-alive-cache"))
    .filter((e) => {
        const label = e.id && document.querySelector(`label[for="${e.id}"]`);
        const name = e.getAttribute("aria-label") || label?.textContent || e.closest("label")?.textContent || e.textContent;
        return !(name || "").trim();
    })
    .map((e) => e.outerHTML.slice(0, 120))"""
DOUBLE = """() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at); }"""
CONTRAST = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const read = (color) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = (c) => [0, 1, 2].map((i) => c[i] / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => {
        for (; e; e = e.parentElement) { const c = read(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
        return [255, 255, 255];
    };
    const poor = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const e = walker.currentNode.parentElement;
        const isSeen = e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
        if (!walker.currentNode.textContent.trim() || !isSeen) continue;
        if (["SCRIPT", "STYLE"].includes(e.tagName) || e.closest("svg, [aria-hidden=true], .skip")) continue;
        const style = getComputedStyle(e), size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const [a, b] = [light(read(style.color)), light(ground(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < (large ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${e.className} ${e.textContent.slice(0, 40)}`);
    }
    return poor;
}"""


def faults(page: Page) -> list[str]:
    """What somebody could not use or read."""
    found = [f"no name: {each}" for each in page.evaluate(NAMES)]
    found += [f"id twice: {each}" for each in page.evaluate(DOUBLE)]
    found += [f"poor contrast: {each}" for each in page.evaluate(CONTRAST)]
    for selector in ("main:not([role=presentation])", "h1"):
        if page.locator(selector).count() != 1:
            found.append(f"{page.locator(selector).count()} of {selector}")
    if not page.evaluate("document.documentElement.lang"):
        found.append("no language")
    return found
