// What is typed into text areas is kept in this tab until the host has taken it: a page that is left, a form that is
// refused and a sign-in that ended lose nothing.
const KEPT = "kept ", SENT = "sent ";
const user = document.querySelector("main")?.dataset.user;
const areas = [...document.querySelectorAll('form[method="post"] textarea')];
const nameOf = (area) => `${user} ${new URL(area.form.action).pathname} ${area.id}`;

function names(prefix) {
  return Object.keys(sessionStorage).filter((name) => name.startsWith(prefix));
}

function rename(name, to) {
  sessionStorage.setItem(to, sessionStorage.getItem(name));
  sessionStorage.removeItem(name);
}

// What was sent is taken if a page follows that says nothing else.
const wasRefused = !user || document.querySelector(".alarm[role=alert]");
for (const name of names(SENT)) {
  if (wasRefused) rename(name, KEPT + name.slice(SENT.length));
  else sessionStorage.removeItem(name);
}

for (const area of areas) {
  const name = KEPT + nameOf(area);
  const kept = sessionStorage.getItem(name);
  if (user && kept !== null && kept !== area.value) {
    area.value = kept;
    const hidden = area.closest("details");
    if (hidden) hidden.open = true;
  }
  area.addEventListener("input", () => {
    if (area.value === area.defaultValue) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, area.value);
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  // A preview sends nothing for good.
  if (event.defaultPrevented || event.submitter?.hasAttribute("formaction")) return;
  if (form.matches(".user")) for (const name of names(KEPT)) sessionStorage.removeItem(name);
  for (const area of areas.filter((area) => area.form === form)) {
    const name = KEPT + nameOf(area);
    if (sessionStorage.getItem(name) !== null) rename(name, SENT + nameOf(area));
  }
});
