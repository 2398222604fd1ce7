appointment-today = Next time: today
appointment-today-at = Next time: today at { $time }
appointment-tomorrow = Next time: tomorrow
appointment-tomorrow-at = Next time: tomorrow at { $time }
appointment-weekday = Next time: on { $weekday }
appointment-weekday-at = Next time: on { $weekday } at { $time }
appointment-next-week = Next time: { $weekday } of next week
appointment-next-week-at = Next time: { $weekday } of next week at { $time }
streak-weeks = { $weeks ->
    [one] { $weeks } week done as planned
   *[other] { $weeks } weeks in a row done as planned
  }
reminder-due = It is time for your exercises
reminder-catch-up = Today you can catch up on your exercises
reminder-again = Your exercises are still waiting for you
