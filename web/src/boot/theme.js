// Runs before the first paint, so that the page never flashes in the wrong theme. A plain script of its own, because
// the page's policy allows no inline script. `store/settings.ts` writes what is read here.
(() => {
  const root = document.documentElement;
  let theme = "system";
  try {
    theme = JSON.parse(localStorage.getItem("studium:settings") || "{}").theme || "system";
  } catch {
    // Storage is blocked or spoilt: follow the system.
  }
  if (theme === "system") {
    if (matchMedia("(prefers-contrast: more)").matches) theme = "high-contrast";
    else theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  root.dataset.theme = theme;
})();
