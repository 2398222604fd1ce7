appointment-today = Prochaine séance : aujourd’hui
appointment-today-at = Prochaine séance : aujourd’hui à { $time }
appointment-tomorrow = Prochaine séance : demain
appointment-tomorrow-at = Prochaine séance : demain à { $time }
appointment-weekday = Prochaine séance : { $weekday }
appointment-weekday-at = Prochaine séance : { $weekday } à { $time }
appointment-next-week = Prochaine séance : { $weekday } de la semaine prochaine
appointment-next-week-at = Prochaine séance : { $weekday } de la semaine prochaine à { $time }
streak-weeks = { $weeks ->
    [one] { $weeks } semaine faite comme prévu
   *[other] { $weeks } semaines de suite faites comme prévu
  }
reminder-due = C’est l’heure de vos exercices
reminder-catch-up = Aujourd’hui, vous pouvez rattraper vos exercices
reminder-again = Vos exercices vous attendent encore
