say-count = { $number }
say-words = { $words }
say-begin = C’est parti
say-go-on = On continue
say-rest = Reposez-vous { $seconds ->
    [one] { $seconds } seconde
   *[other] { $seconds } secondes
  }
say-volume = Je parle à ce volume
instruct-question-pain-before = Quelle est votre douleur maintenant, de 0 à 10 ?
instruct-question-pain-after = Quelle est votre douleur maintenant, de 0 à 10 ?
instruct-question-rpe = L’effort était-il difficile, de 0 à 10 ?
instruct-emergency = Appelez de l’aide maintenant. Le numéro est le { $number }
symbol-degrees = { $number ->
    [one] { $written } degré
   *[other] { $written } degrés
  }
symbol-percent = { $written } pour cent
symbol-times = fois
symbol-to = à
symbol-plus-or-minus = plus ou moins
