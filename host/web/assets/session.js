// Two minutes before the sign-in ends, a dialog offers to stay. Each page that is loaded, in whichever tab, puts the end off.
const WARNING = 120_000;
const USED = "used";
const dialog = document.getElementById("ending");

if (dialog) {
  const { idle, expires } = dialog.dataset;
  let timer;

  const ends = () => Math.min(Number(localStorage.getItem(USED)) + idle * 1000, expires * 1000);

  const look = () => {
    clearTimeout(timer);
    const left = ends() - Date.now() - WARNING;
    if (left > 0) {
      dialog.close();
      timer = setTimeout(look, left);
    } else if (!dialog.open) dialog.showModal();
  };

  const use = () => {
    localStorage.setItem(USED, Date.now());
    look();
  };

  dialog.querySelector("[data-stay]").addEventListener("click", async () => {
    const answer = await fetch("/parts/session", { redirect: "manual" });
    if (answer.ok) use();
    // In any case it ends some time, or it has ended already.
    if (dialog.open) dialog.querySelector("[data-ended]").hidden = false;
  });
  addEventListener("storage", (event) => { if (event.key === USED) look(); });
  document.addEventListener("visibilitychange", look);
  use();
}
