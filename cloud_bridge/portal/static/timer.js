// A visible timer beside the form: it fills the minutes in, and the person confirms them or not.
const timer = document.querySelector("[data-timer]");
if (timer) {
  const part = (name) => timer.querySelector(`[data-part=${name}]`);
  const form = timer.closest("form");
  let began = null;
  let tick = 0;
  const passed = () => Math.floor((performance.now() - began) / 1000);
  const show = () => {
    const seconds = passed();
    part("now").value = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const warn = (event) => event.preventDefault();
  timer.hidden = false;
  part("start").addEventListener("click", () => {
    began = performance.now();
    show();
    tick = setInterval(show, 1000);
    part("start").hidden = true;
    part("stop").hidden = false;
    part("stop").focus();
    part("said").textContent = "Running. Nothing is recorded before you confirm it.";
    addEventListener("beforeunload", warn);
  });
  part("stop").addEventListener("click", () => {
    clearInterval(tick);
    removeEventListener("beforeunload", warn);
    const minutes = Math.floor(passed() / 60);
    part("stop").hidden = true;
    part("start").hidden = false;
    if (minutes < 1) {
      part("said").textContent = "Less than a minute: nothing was taken over.";
      return;
    }
    form.elements.minutes.value = minutes;
    form.elements.taken.value = "timed";
    part("said").textContent = `${minutes} whole minutes taken over: confirm them below.`;
    form.elements.minutes.focus();
  });
  form.elements.minutes.addEventListener("input", () => {
    form.elements.taken.value = "entered";
  });
}
