# The device's own words (its patient's screen): change them there, and here.
exercise-left-side = { $exercise } (links)
exercise-right-side = { $exercise } (rechts)
reps-plan = { $sets ->
    [one] { $sets } Satz
   *[other] { $sets } Sätze
  } zu { $reps }
reps-plan-with-hold = { $dose }, { $seconds ->
    [one] { $seconds } Sekunde
   *[other] { $seconds } Sekunden
  } halten
caution-not-with = Nicht bei: { $condition }
