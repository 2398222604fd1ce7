// Shows the notes of the chosen exercise only; without this script all stand there, closed.
"use strict";

const chosen = document.getElementById("exercise_id");

function showNotes() {
  for (const notes of document.querySelectorAll("[data-exercise]")) {
    notes.hidden = notes.dataset.exercise !== chosen.value;
    notes.open = !notes.hidden;
  }
}

chosen.addEventListener("change", showNotes);
showNotes();
