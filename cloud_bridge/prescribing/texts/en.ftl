# The device's own words (its patient's screen): change them there, and here.
exercise-left-side = { $exercise } (left)
exercise-right-side = { $exercise } (right)
reps-plan = { $sets ->
    [one] { $sets } set
   *[other] { $sets } sets
  } of { $reps }
reps-plan-with-hold = { $dose }, hold for { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
  }
caution-not-with = Not with: { $condition }
