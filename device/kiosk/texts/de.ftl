language-name = Deutsch
instruct-waiting = Warten auf Ihre Übungen von der Praxis
instruct-ready = Ihre Übungen sind bereit
instruct-framing-nobody = Treten Sie ins Bild
instruct-framing-second-person = Bitte nur eine Person im Bild
instruct-framing-too-dark = Bitte mehr Licht einschalten
instruct-framing-backlit = Hinter Ihnen zu hell. Vorhang schließen
instruct-framing-not-whole = Zurück, bis ich Sie ganz sehe
instruct-framing-head-cut-off = Zurück, bis Ihr Kopf zu sehen ist
instruct-framing-feet-cut-off = Zurück, bis Ihre Füße zu sehen sind
instruct-framing-move-left = Ein wenig nach links
instruct-framing-move-right = Ein wenig nach rechts
instruct-framing-move-to-middle = Gehen Sie zur Bildmitte
instruct-framing-not-whole-lying = Legen Sie sich ganz ins Bild
instruct-framing-too-near = Gehen Sie etwas zurück
instruct-framing-too-far = Kommen Sie etwas näher
instruct-framing-lie-across = Legen Sie sich quer ins Bild
instruct-framing-face-camera = Drehen Sie sich zur Kamera
instruct-framing-turn-sideways = Drehen Sie eine Seite zur Kamera
instruct-framing-turn-left-side = Drehen Sie die linke Seite zur Kamera
instruct-framing-turn-right-side = Drehen Sie die rechte Seite zur Kamera
instruct-framing-hold-still = Gut. Bleiben Sie so
instruct-countdown = Machen Sie sich bereit
instruct-resting = Pause
instruct-paused-camera-lost = Die Kamera ist nicht verbunden
instruct-paused-not-visible = Ich sehe Sie nicht. Treten Sie wieder ins Bild
instruct-paused-left-shoulder = Ich sehe Ihre linke Schulter nicht
instruct-paused-right-shoulder = Ich sehe Ihre rechte Schulter nicht
instruct-paused-left-elbow = Ich sehe Ihren linken Ellbogen nicht
instruct-paused-right-elbow = Ich sehe Ihren rechten Ellbogen nicht
instruct-paused-left-wrist = Ich sehe Ihre linke Hand nicht
instruct-paused-right-wrist = Ich sehe Ihre rechte Hand nicht
instruct-paused-left-hip = Ich sehe Ihre linke Hüfte nicht
instruct-paused-right-hip = Ich sehe Ihre rechte Hüfte nicht
instruct-paused-left-knee = Ich sehe Ihr linkes Knie nicht
instruct-paused-right-knee = Ich sehe Ihr rechtes Knie nicht
instruct-paused-left-ankle = Ich sehe Ihren linken Fuß nicht
instruct-paused-right-ankle = Ich sehe Ihren rechten Fuß nicht
instruct-checking = Geht es Ihnen gut?
instruct-emergency = Rufen Sie jetzt Hilfe: { $number }
instruct-emergency-dizzy = Setzen oder legen Sie sich jetzt hin
note-nobody-called = Niemand wurde gerufen. Dies ist kein medizinischer Notruf.
note-if-it-does-not-pass = Wenn es nicht vergeht, rufen Sie { $number }. Niemand wurde gerufen. Dies ist kein medizinischer Notruf.
button-close = Schließen
instruct-question-pain-after = Wie stark sind die Schmerzen jetzt?
instruct-question-rpe = Wie anstrengend war es?
instruct-question-stop-reason = Warum haben Sie aufgehört?
instruct-summary = Gut gemacht
instruct-summary-stopped = Diese Sitzung ist beendet
instruct-no-connection = Einen Moment bitte
set-of = Satz { $number } von { $sets }
count-of = von { $target }
reps-plan = { $sets ->
    [one] { $sets } Satz
   *[other] { $sets } Sätze
  } zu { $reps }
summary-set = { $exercise }: { $counted } von { $target }
summary-angle = am weitesten { $angle }°
summary-angle-with-error = am weitesten { $angle }° (± { $error }°)
summary-angle-not-measured = Winkel nicht gemessen
summary-set-by-clock = { $exercise }: nach der Uhr gemacht
summary-not-counted = von der Kamera nicht gezählt
summary-nothing = Kein Satz wurde beendet
button-start = Start
button-stop = Stopp
button-again = Noch einmal
button-done = Fertig
button-skip = Überspringen
reason-pain = Schmerzen
reason-chest-pain = Schmerzen in der Brust
reason-breathless = Atemnot
reason-dizzy = Schwindel
reason-tired = Müde
reason-technical = Etwas funktioniert nicht
scale-none = keine
scale-worst-pain = stärkste Schmerzen
scale-easy = sehr leicht
scale-hardest = so schwer wie möglich
delivery-pending = Warten auf das Netz. Nichts geht verloren
delivery-delivered = An Ihre Praxis gesendet
delivery-refused = Die Praxis konnte dies nicht lesen. Bitte anrufen
camera-on = Kamera an. Das Bild bleibt in diesem Raum
camera-on-movement-sent = Kamera an. Nur ein Strichmännchen geht an Ihre Praxis
camera-simulated = Simulierter Patient, kein Mensch
camera-clip = Ein aufgenommenes Video
network-stand-in = Vorführnetz: nicht für Menschen bestimmt
link-connected = Praxis verbunden
link-disconnected = Gerade kein Netz
instruct-resuming = Machen wir weiter?
instruct-settings = Einstellungen
instruct-help = Für einen Anruf bei Ihrer Praxis
instruct-nothing-due = Im Moment ist alles erledigt
instruct-question-pain-before = Wie stark sind die Schmerzen jetzt?
exercise-left-side = { $exercise } (links)
exercise-right-side = { $exercise } (rechts)
reps-plan-with-hold = { $dose }, { $seconds ->
    [one] { $seconds } Sekunde
   *[other] { $seconds } Sekunden
  } halten
note-set-all-the-way = { $good } von { $counted } ganz ausgeführt
caution-pain-above = Ihre Schmerzen liegen über { $limit }, der Grenze Ihrer Praxis. Rufen Sie dort an, bevor Sie weitermachen.
caution-not-with = Nicht bei: { $condition }
progress-more-angle = { $by }° weiter als letztes Mal (± { $error }°)
progress-less-angle = { $by }° weniger weit als letztes Mal (± { $error }°)
progress-more-hold = { $by ->
    [one] { $by } Sekunde länger als letztes Mal
   *[other] { $by } Sekunden länger als letztes Mal
  }
progress-less-hold = { $by ->
    [one] { $by } Sekunde kürzer als letztes Mal
   *[other] { $by } Sekunden kürzer als letztes Mal
  }
progress-more-repetitions = { $by ->
    [one] { $by } mehr als letztes Mal
   *[other] { $by } mehr als letztes Mal
  }
progress-less-repetitions = { $by ->
    [one] { $by } weniger als letztes Mal
   *[other] { $by } weniger als letztes Mal
  }
progress-same = Keine messbare Veränderung
progress-unknown = Nicht beide Male gemessen
hint-one-hand = Eine Hand heben: { $action }
hint-both-hands = Beide Hände heben: nächste Taste
hint-stop-hands = Beide Hände heben: Stopp
hint-stop-head = Beide Hände auf den Kopf: Stopp
hint-choose = Linke Hand hoch: weiter. Rechte Hand hoch: wählen
hint-check = Eine Hand hoch: Mir geht es gut. Beide Hände: Ich brauche Hilfe
button-ready = Ich bin bereit
button-go-on = Weiter
button-end-here = Hier aufhören
button-later = Später
button-settings = Einstellungen
button-help = Hilfe
button-picture-on = Mich zeigen
button-picture-off = Nur Skelett
button-louder = Lauter
button-quieter = Leiser
button-voice-off = Stimme aus
button-voice-on = Stimme ein
button-all-right = Mir geht es gut
button-needs-help = Ich brauche Hilfe
voice-is-on = Stimme ein
voice-is-off = Stimme aus
call-emergency = Notruf
note-looks-like = Das sieht aus wie „{ $seen }“. Im Plan steht „{ $planned }“.
quality-praise = Das war sehr gut ausgeführt
quality-seen-badly-too-far = Kommen Sie nächstes Mal etwas näher
quality-seen-badly-too-near = Stehen Sie nächstes Mal etwas weiter weg
quality-seen-badly-dark = Machen Sie nächstes Mal mehr Licht
quality-seen-badly-backlit = Schließen Sie nächstes Mal den Vorhang hinter sich
quality-seen-badly-out-of-frame = Bleiben Sie nächstes Mal ganz im Bild
quality-seen-badly-second-person = Seien Sie nächstes Mal allein im Bild
quality-seen-badly-camera-moved = Die Kamera wurde bewegt. Bitte stellen Sie sie zurück
quality-seen-badly-unclear = Ich konnte Sie nicht gut genug sehen
quality-watch-pelvis = Achten Sie nächstes Mal auf Ihr Becken
quality-watch-trunk = Achten Sie nächstes Mal auf Ihren Rücken
quality-watch-shoulders = Achten Sie nächstes Mal auf Ihre Schultern
quality-watch-head = Achten Sie nächstes Mal auf Ihren Kopf
quality-watch-left-shoulder = Achten Sie nächstes Mal auf Ihre linke Schulter
quality-watch-right-shoulder = Achten Sie nächstes Mal auf Ihre rechte Schulter
quality-watch-left-elbow = Achten Sie nächstes Mal auf Ihren linken Ellbogen
quality-watch-right-elbow = Achten Sie nächstes Mal auf Ihren rechten Ellbogen
quality-watch-left-hip = Achten Sie nächstes Mal auf Ihre linke Hüfte
quality-watch-right-hip = Achten Sie nächstes Mal auf Ihre rechte Hüfte
quality-watch-left-knee = Achten Sie nächstes Mal auf Ihr linkes Knie
quality-watch-right-knee = Achten Sie nächstes Mal auf Ihr rechtes Knie
quality-watch-tempo = Achten Sie nächstes Mal auf Ihr Tempo
