language-name = Français
instruct-waiting = En attente de vos exercices de la clinique
instruct-ready = Vos exercices sont prêts
instruct-framing-nobody = Entrez dans l’image
instruct-framing-second-person = Une seule personne dans l’image, s’il vous plaît
instruct-framing-too-dark = Allumez plus de lumière
instruct-framing-backlit = Trop clair derrière vous. Fermez le rideau
instruct-framing-not-whole = Reculez pour être vu en entier
instruct-framing-head-cut-off = Reculez jusqu’à voir votre tête
instruct-framing-feet-cut-off = Reculez jusqu’à voir vos pieds
instruct-framing-move-left = Un peu vers votre gauche
instruct-framing-move-right = Un peu vers votre droite
instruct-framing-move-to-middle = Allez au milieu de l’image
instruct-framing-not-whole-lying = Allongez-vous tout entier dans l’image
instruct-framing-too-near = Reculez un peu
instruct-framing-too-far = Approchez un peu
instruct-framing-lie-across = Allongez-vous en travers de l’image
instruct-framing-face-camera = Tournez-vous face à la caméra
instruct-framing-turn-sideways = Mettez-vous de profil
instruct-framing-turn-left-side = Tournez le côté gauche vers la caméra
instruct-framing-turn-right-side = Tournez le côté droit vers la caméra
instruct-framing-hold-still = Bien. Restez là
instruct-countdown = Préparez-vous
instruct-resting = Repos
instruct-paused-camera-lost = La caméra n’est pas branchée
instruct-paused-not-visible = Je ne vous vois pas. Revenez dans l’image
instruct-paused-left-shoulder = Je ne vois pas votre épaule gauche
instruct-paused-right-shoulder = Je ne vois pas votre épaule droite
instruct-paused-left-elbow = Je ne vois pas votre coude gauche
instruct-paused-right-elbow = Je ne vois pas votre coude droit
instruct-paused-left-wrist = Je ne vois pas votre main gauche
instruct-paused-right-wrist = Je ne vois pas votre main droite
instruct-paused-left-hip = Je ne vois pas votre hanche gauche
instruct-paused-right-hip = Je ne vois pas votre hanche droite
instruct-paused-left-knee = Je ne vois pas votre genou gauche
instruct-paused-right-knee = Je ne vois pas votre genou droit
instruct-paused-left-ankle = Je ne vois pas votre pied gauche
instruct-paused-right-ankle = Je ne vois pas votre pied droit
instruct-checking = Est-ce que ça va ?
instruct-emergency = Appelez de l’aide maintenant : { $number }
instruct-emergency-dizzy = Asseyez-vous ou allongez-vous maintenant
note-nobody-called = Personne n’a été appelé. Ceci n’est pas une alarme médicale.
note-if-it-does-not-pass = Si cela ne passe pas, appelez le { $number }. Personne n’a été appelé. Ceci n’est pas une alarme médicale.
button-close = Fermer
instruct-question-pain-after = Quelle est la douleur maintenant ?
instruct-question-rpe = Était-ce difficile ?
instruct-question-stop-reason = Pourquoi avez-vous arrêté ?
instruct-summary = Bravo
instruct-summary-stopped = Cette séance est terminée
instruct-no-connection = Un instant s’il vous plaît
set-of = Série { $number } sur { $sets }
count-of = sur { $target }
reps-plan = { $sets ->
    [one] { $sets } série
   *[other] { $sets } séries
  } de { $reps }
summary-set = { $exercise } : { $counted } sur { $target }
summary-angle = au plus loin { $angle }°
summary-angle-with-error = au plus loin { $angle }° (± { $error }°)
summary-angle-not-measured = angle non mesuré
summary-set-by-clock = { $exercise } : fait au chronomètre
summary-not-counted = non compté par la caméra
summary-nothing = Aucune série terminée
button-start = Commencer
button-stop = Arrêter
button-again = Encore
button-done = Terminé
button-skip = Passer
reason-pain = Douleur
reason-chest-pain = Douleur à la poitrine
reason-breathless = Essoufflement
reason-dizzy = Vertige
reason-tired = Fatigue
reason-technical = Quelque chose ne marche pas
scale-none = aucune
scale-worst-pain = douleur maximale
scale-easy = très facile
scale-hardest = le plus dur possible
delivery-pending = En attente du réseau. Rien n’est perdu
delivery-delivered = Envoyé à votre clinique
delivery-refused = La clinique n’a pas pu lire ceci. Appelez-la
camera-on = Caméra allumée. L’image reste dans cette pièce
camera-on-movement-sent = Caméra allumée. Seul un bonhomme en traits va à votre cabinet
camera-simulated = Patient simulé, pas une personne
camera-clip = Une vidéo enregistrée
network-stand-in = Réseau de démonstration : pas pour des personnes
link-connected = Clinique connectée
link-disconnected = Pas de réseau
instruct-resuming = On continue ?
instruct-settings = Réglages
instruct-help = Pour un appel avec votre clinique
instruct-nothing-due = Tout est fait pour le moment
instruct-question-pain-before = Quelle est la douleur maintenant ?
exercise-left-side = { $exercise } (gauche)
exercise-right-side = { $exercise } (droite)
reps-plan-with-hold = { $dose }, tenir { $seconds ->
    [one] { $seconds } seconde
   *[other] { $seconds } secondes
  }
note-set-all-the-way = { $good } sur { $counted } en mouvement complet
caution-pain-above = Votre douleur dépasse { $limit }, la limite de votre clinique. Appelez-la avant de continuer.
caution-not-with = Pas en cas de : { $condition }
progress-more-angle = { $by }° plus loin que la dernière fois (± { $error }°)
progress-less-angle = { $by }° moins loin que la dernière fois (± { $error }°)
progress-more-hold = { $by ->
    [one] { $by } seconde de plus que la dernière fois
   *[other] { $by } secondes de plus que la dernière fois
  }
progress-less-hold = { $by ->
    [one] { $by } seconde de moins que la dernière fois
   *[other] { $by } secondes de moins que la dernière fois
  }
progress-more-repetitions = { $by ->
    [one] { $by } de plus que la dernière fois
   *[other] { $by } de plus que la dernière fois
  }
progress-less-repetitions = { $by ->
    [one] { $by } de moins que la dernière fois
   *[other] { $by } de moins que la dernière fois
  }
progress-same = Pas de changement mesurable
progress-unknown = Pas mesuré les deux fois
hint-one-hand = Levez une main : { $action }
hint-both-hands = Levez les deux mains : bouton suivant
hint-stop-hands = Levez les deux mains : arrêter
hint-stop-head = Les deux mains sur la tête : arrêter
hint-choose = Main gauche levée : suivant. Main droite levée : choisir
hint-check = Une main levée : ça va bien. Deux mains : j’ai besoin d’aide
button-ready = C’est parti
button-go-on = Continuer
button-end-here = S’arrêter là
button-later = Plus tard
button-settings = Réglages
button-help = Aide
button-picture-on = Me montrer
button-picture-off = Squelette seul
button-louder = Plus fort
button-quieter = Moins fort
button-voice-off = Voix coupée
button-voice-on = Avec la voix
button-all-right = Ça va bien
button-needs-help = J’ai besoin d’aide
voice-is-on = Voix activée
voice-is-off = Voix coupée
call-emergency = Numéro d’urgence
note-looks-like = On dirait « { $seen } ». Le plan dit « { $planned } ».
quality-praise = C’était très bien fait
quality-seen-badly-too-far = La prochaine fois, approchez-vous un peu
quality-seen-badly-too-near = La prochaine fois, reculez un peu
quality-seen-badly-dark = La prochaine fois, allumez plus de lumière
quality-seen-badly-backlit = La prochaine fois, fermez le rideau derrière vous
quality-seen-badly-out-of-frame = La prochaine fois, restez entièrement dans l’image
quality-seen-badly-second-person = La prochaine fois, soyez seul dans l’image
quality-seen-badly-camera-moved = La caméra a bougé. Remettez-la en place
quality-seen-badly-unclear = Je ne vous ai pas vu assez bien pour juger
quality-watch-pelvis = La prochaine fois, faites attention à votre bassin
quality-watch-trunk = La prochaine fois, faites attention à votre dos
quality-watch-shoulders = La prochaine fois, faites attention à vos épaules
quality-watch-head = La prochaine fois, faites attention à votre tête
quality-watch-left-shoulder = La prochaine fois, faites attention à votre épaule gauche
quality-watch-right-shoulder = La prochaine fois, faites attention à votre épaule droite
quality-watch-left-elbow = La prochaine fois, faites attention à votre coude gauche
quality-watch-right-elbow = La prochaine fois, faites attention à votre coude droit
quality-watch-left-hip = La prochaine fois, faites attention à votre hanche gauche
quality-watch-right-hip = La prochaine fois, faites attention à votre hanche droite
quality-watch-left-knee = La prochaine fois, faites attention à votre genou gauche
quality-watch-right-knee = La prochaine fois, faites attention à votre genou droit
quality-watch-tempo = La prochaine fois, faites attention à votre rythme
