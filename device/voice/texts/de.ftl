say-count = { $number }
say-words = { $words }
say-begin = Los geht’s
say-go-on = Weiter geht’s
say-rest = Ruhen Sie { $seconds ->
    [one] eine Sekunde
   *[other] { $seconds } Sekunden
  }
say-volume = So laut spreche ich
instruct-question-pain-before = Wie stark sind die Schmerzen jetzt, von 0 bis 10?
instruct-question-pain-after = Wie stark sind die Schmerzen jetzt, von 0 bis 10?
instruct-question-rpe = Wie anstrengend war es, von 0 bis 10?
instruct-emergency = Rufen Sie jetzt Hilfe. Die Nummer ist { $number }
symbol-degrees = { $written } Grad
symbol-percent = { $written } Prozent
symbol-times = mal
symbol-to = bis
symbol-plus-or-minus = plus oder minus
