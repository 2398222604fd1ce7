# Wonach die Praxis am Telefon fragt.
help-device = Gerät
help-not-enrolled = noch nicht angemeldet
help-software = Software
help-network = Erkennungsnetz
help-prescription = Verordnung
help-prescription-version = Fassung { $version }
help-prescription-none = noch keine
help-clinic = Praxis
help-clinic-connected = jetzt verbunden
help-clinic-since = nicht verbunden seit { $time }
help-clinic-never = nie verbunden
help-last-contact = Letzter Kontakt
help-last-contact-never = nie
help-waiting = Wartet auf Versand
help-waiting-count = { $count ->
    [0] nichts
    [one] { $count } Nachricht
   *[other] { $count } Nachrichten
  }
help-coach = Trainer
help-coach-running = läuft
help-coach-silent = läuft nicht
help-camera = Kamera
help-camera-usb = USB-Kamera
help-camera-csi = Flachbandkamera
help-camera-clip = aufgezeichnetes Video
help-camera-simulated = simulierter Patient
help-camera-push = Telefon oder Laptop
help-picture = Bild
help-picture-size = { $width } × { $height }
help-picture-size-and-rate = { $width } × { $height }, { $rate } je Sekunde
help-picture-none = kein Bild
help-seen = Person im Bild
help-seen-well = { $number } von { $of } Körperpunkten gut zu sehen
help-disk = Freier Speicher
help-disk-free = { $gigabytes } GB
help-temperature = Temperatur
help-temperature-degrees = { $degrees } °C
help-unknown = hier nicht lesbar
help-log = Letzte Probleme
help-log-none = keine
help-log-at = Problem, { $time }
