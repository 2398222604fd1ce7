# Ce que le cabinet demande au téléphone.
help-device = Appareil
help-not-enrolled = pas encore inscrit
help-software = Logiciel
help-network = Réseau de pose
help-prescription = Prescription
help-prescription-version = version { $version }
help-prescription-none = aucune pour l’instant
help-clinic = Cabinet
help-clinic-connected = connecté maintenant
help-clinic-since = non connecté depuis { $time }
help-clinic-never = jamais connecté
help-last-contact = Dernier contact
help-last-contact-never = jamais
help-waiting = En attente d’envoi
help-waiting-count = { $count ->
    [0] rien
    [one] { $count } message
   *[other] { $count } messages
  }
help-coach = Entraîneur
help-coach-running = en marche
help-coach-silent = arrêté
help-camera = Caméra
help-camera-usb = caméra USB
help-camera-csi = caméra à nappe
help-camera-clip = vidéo enregistrée
help-camera-simulated = patient simulé
help-camera-push = téléphone ou ordinateur
help-picture = Image
help-picture-size = { $width } × { $height }
help-picture-size-and-rate = { $width } × { $height }, { $rate } par seconde
help-picture-none = aucune image
help-seen = Personne dans l’image
help-seen-well = { $number } points du corps sur { $of } bien vus
help-disk = Espace libre
help-disk-free = { $gigabytes } Go
help-temperature = Température
help-temperature-degrees = { $degrees } °C
help-unknown = illisible ici
help-log = Derniers problèmes
help-log-none = aucun
help-log-at = Problème, { $time }
