appointment-today = Nächstes Mal: heute
appointment-today-at = Nächstes Mal: heute um { $time } Uhr
appointment-tomorrow = Nächstes Mal: morgen
appointment-tomorrow-at = Nächstes Mal: morgen um { $time } Uhr
appointment-weekday = Nächstes Mal: am { $weekday }
appointment-weekday-at = Nächstes Mal: am { $weekday } um { $time } Uhr
appointment-next-week = Nächstes Mal: { $weekday } nächster Woche
appointment-next-week-at = Nächstes Mal: { $weekday } nächster Woche um { $time } Uhr
streak-weeks = { $weeks ->
    [one] { $weeks } Woche wie geplant geschafft
   *[other] { $weeks } Wochen in Folge wie geplant geschafft
  }
reminder-due = Es ist Zeit für Ihre Übungen
reminder-catch-up = Heute können Sie Ihre Übungen nachholen
reminder-again = Ihre Übungen warten noch auf Sie
