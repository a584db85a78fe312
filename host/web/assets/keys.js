// Single keys: each does what the element with that `data-key` does. `j` and `k` move along the rows of a list, `x`
// ticks a row, and `?` shows all keys. Nothing happens while somebody types, in a dialog, or where the user wants no shortcuts.
// In a text area, Enter with Ctrl or Cmd sends the form.
const busy = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

function move(by) {
  const links = [...document.querySelectorAll("table.queue tbody th a")];
  const here = links.indexOf(document.activeElement);
  const to = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
}

function use(element) {
  if (element.matches("a, button")) {
    element.click();
    return;
  }
  const hidden = element.closest("details:not([open])");
  if (hidden) hidden.open = true;
  const { keyThen } = element.dataset;
  if (keyThen) element.click();
  (document.getElementById(keyThen) ?? element).focus();
}

document.addEventListener("keydown", (event) => {
  if (!("shortcuts" in document.documentElement.dataset)) return;
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key !== "Enter" || !event.target.matches("textarea")) return;
    event.target.form?.requestSubmit();
    event.preventDefault();
    return;
  }
  if (event.target.closest(busy) || document.querySelector("dialog[open]")) return;
  const element = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const box = event.key === "x" && document.activeElement.closest("tr")?.querySelector("input[type=checkbox]");
  if (box) box.click();
  else if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (element && !element.disabled) use(element);
  else return;
  event.preventDefault();
});
