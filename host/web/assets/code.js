// The code of a link stands behind the # of its address, which no server is sent. It is typed into the form, and taken
// out of the address and the history.
const code = location.hash.slice(1);
if (code) {
  document.getElementById("code").value = code;
  history.replaceState(null, "", location.pathname);
}
