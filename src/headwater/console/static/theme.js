// Before anything is drawn: the colours that were chosen, or else those of the system.
(() => {
  const chosen = localStorage.getItem("headwater-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
