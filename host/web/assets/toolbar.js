// Buttons that put Markdown around what is selected in a text area. Without scripts they are not shown.
for (const bar of document.querySelectorAll("div.toolbar")) {
  const area = document.getElementById(bar.getAttribute("aria-controls"));
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { around, before, link } = button.dataset;
    const { selectionStart: from, selectionEnd: to, value } = area;
    const text = value.slice(from, to);
    const isAtStart = from === 0 || value[from - 1] === "\n";
    let made = "", caret = 0;
    if (around) {
      made = around + text + around;
      caret = text ? made.length : around.length;
    } else if (before) {
      made = (isAtStart ? "" : "\n") + text.split("\n").map((line) => before + line).join("\n");
      caret = made.length;
    } else {
      made = `[${text}](${link})`;
      caret = text ? made.length - 1 : 1;
    }
    area.setRangeText(made, from, to);
    area.setSelectionRange(from + caret, from + caret);
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
