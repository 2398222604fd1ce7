# The device's own words (its patient's screen): change them there, and here.
exercise-left-side = { $exercise } (gauche)
exercise-right-side = { $exercise } (droite)
reps-plan = { $sets ->
    [one] { $sets } série
   *[other] { $sets } séries
  } de { $reps }
reps-plan-with-hold = { $dose }, tenir { $seconds ->
    [one] { $seconds } seconde
   *[other] { $seconds } secondes
  }
caution-not-with = Pas en cas de : { $condition }
