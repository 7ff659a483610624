// Sets the chosen look before the first paint; without a choice the system's look holds.
const chosen = localStorage.getItem("look");
if (chosen) document.documentElement.dataset.look = chosen;
