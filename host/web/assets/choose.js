// The box in the head of a table ticks all boxes of its name. Without scripts it is not shown.
for (const head of document.querySelectorAll("input[data-chooses]")) {
  const boxes = [...head.form.querySelectorAll(`input[name="${head.dataset.chooses}"]`)];
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    head.checked = ticked === boxes.length;
    head.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  head.hidden = false;
  head.addEventListener("change", () => {
    for (const box of boxes) box.checked = head.checked;
  });
  head.form.addEventListener("change", show);
  // Going back to the page, browsers tick again what was ticked.
  window.addEventListener("pageshow", show);
}
