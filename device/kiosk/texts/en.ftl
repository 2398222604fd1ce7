language-name = English
instruct-waiting = Waiting for your exercises from the clinic
instruct-ready = Your exercises are ready
instruct-framing-nobody = Step into the picture
instruct-framing-second-person = Only one person in the picture, please
instruct-framing-too-dark = Please switch on more light
instruct-framing-backlit = Too bright behind you. Close the curtain
instruct-framing-not-whole = Move back until I see you whole
instruct-framing-head-cut-off = Move back until your head shows
instruct-framing-feet-cut-off = Move back until your feet show
instruct-framing-move-left = Move a little to your left
instruct-framing-move-right = Move a little to your right
instruct-framing-move-to-middle = Move to the middle of the picture
instruct-framing-not-whole-lying = Lie so that all of you shows
instruct-framing-too-near = Move back a little
instruct-framing-too-far = Come a little closer
instruct-framing-lie-across = Lie down across the picture
instruct-framing-face-camera = Turn to face the camera
instruct-framing-turn-sideways = Turn your side to the camera
instruct-framing-turn-left-side = Turn your left side to the camera
instruct-framing-turn-right-side = Turn your right side to the camera
instruct-framing-hold-still = Good. Stay there
instruct-countdown = Get ready
instruct-resting = Rest
instruct-paused-camera-lost = The camera is not connected
instruct-paused-not-visible = I cannot see you. Step back into the picture
instruct-paused-left-shoulder = I cannot see your left shoulder
instruct-paused-right-shoulder = I cannot see your right shoulder
instruct-paused-left-elbow = I cannot see your left elbow
instruct-paused-right-elbow = I cannot see your right elbow
instruct-paused-left-wrist = I cannot see your left hand
instruct-paused-right-wrist = I cannot see your right hand
instruct-paused-left-hip = I cannot see your left hip
instruct-paused-right-hip = I cannot see your right hip
instruct-paused-left-knee = I cannot see your left knee
instruct-paused-right-knee = I cannot see your right knee
instruct-paused-left-ankle = I cannot see your left foot
instruct-paused-right-ankle = I cannot see your right foot
instruct-checking = Are you all right?
instruct-emergency = Call for help now: { $number }
instruct-emergency-dizzy = Sit or lie down now
note-nobody-called = Nobody has been called. This is not a medical alarm.
note-if-it-does-not-pass = If it does not pass, call { $number }. Nobody has been called. This is not a medical alarm.
button-close = Close
instruct-question-pain-after = How much does it hurt now?
instruct-question-rpe = How hard was it?
instruct-question-stop-reason = Why did you stop?
instruct-summary = Well done
instruct-summary-stopped = This session is over
instruct-no-connection = One moment please
set-of = Set { $number } of { $sets }
count-of = of { $target }
reps-plan = { $sets ->
    [one] { $sets } set
   *[other] { $sets } sets
  } of { $reps }
summary-set = { $exercise }: { $counted } of { $target }
summary-angle = furthest { $angle }°
summary-angle-with-error = furthest { $angle }° (± { $error }°)
summary-angle-not-measured = angle not measured
summary-set-by-clock = { $exercise }: done by the clock
summary-not-counted = not counted by the camera
summary-nothing = No set was finished
button-start = Start
button-stop = Stop
button-again = Again
button-done = Done
button-skip = Skip
reason-pain = Pain
reason-chest-pain = Chest pain
reason-breathless = Short of breath
reason-dizzy = Dizzy
reason-tired = Tired
reason-technical = Something does not work
scale-none = none
scale-worst-pain = worst pain
scale-easy = very easy
scale-hardest = as hard as possible
delivery-pending = Waiting for the network. Nothing is lost
delivery-delivered = Sent to your clinic
delivery-refused = Your clinic could not read this. Please call them
camera-on = Camera on. The picture stays in this room
camera-on-movement-sent = Camera on. Only a stick figure goes to your clinic
camera-simulated = Simulated patient, not a person
camera-clip = A recorded video
network-stand-in = Demonstration network: not for use with people
link-connected = Clinic connected
link-disconnected = No network now
instruct-resuming = Shall we go on?
instruct-settings = Settings
instruct-help = For a call with your clinic
instruct-nothing-due = All done for now
instruct-question-pain-before = How much does it hurt now?
exercise-left-side = { $exercise } (left)
exercise-right-side = { $exercise } (right)
reps-plan-with-hold = { $dose }, hold for { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
  }
note-set-all-the-way = { $good } of { $counted } the full way
caution-pain-above = Your pain is above { $limit }, the limit your clinic set. Call them before you go on.
caution-not-with = Not with: { $condition }
progress-more-angle = { $by }° further than last time (± { $error }°)
progress-less-angle = { $by }° less far than last time (± { $error }°)
progress-more-hold = { $by ->
    [one] { $by } second longer than last time
   *[other] { $by } seconds longer than last time
  }
progress-less-hold = { $by ->
    [one] { $by } second shorter than last time
   *[other] { $by } seconds shorter than last time
  }
progress-more-repetitions = { $by ->
    [one] { $by } more than last time
   *[other] { $by } more than last time
  }
progress-less-repetitions = { $by ->
    [one] { $by } fewer than last time
   *[other] { $by } fewer than last time
  }
progress-same = No change that could be measured
progress-unknown = Not measured both times
hint-one-hand = Raise one hand: { $action }
hint-both-hands = Raise both hands: next button
hint-stop-hands = Raise both hands: stop
hint-stop-head = Both hands on your head: stop
hint-choose = Left hand up: next. Right hand up: choose
hint-check = One hand up: I am all right. Both hands: I need help
button-ready = I am ready
button-go-on = Go on
button-end-here = Stop here
button-later = Later
button-settings = Settings
button-help = Help
button-picture-on = Show me
button-picture-off = Skeleton only
button-louder = Louder
button-quieter = Quieter
button-voice-off = Voice off
button-voice-on = Voice on
button-all-right = I am all right
button-needs-help = I need help
voice-is-on = Voice on
voice-is-off = Voice off
call-emergency = Emergency call
note-looks-like = This looks like “{ $seen }”. The plan says “{ $planned }”.
quality-praise = That was done very well
quality-seen-badly-too-far = Next time, come a little closer
quality-seen-badly-too-near = Next time, stand a little further back
quality-seen-badly-dark = Next time, switch on more light
quality-seen-badly-backlit = Next time, close the curtain behind you
quality-seen-badly-out-of-frame = Next time, stay whole in the picture
quality-seen-badly-second-person = Next time, be alone in the picture
quality-seen-badly-camera-moved = The camera was moved. Please put it back
quality-seen-badly-unclear = I could not see you well enough to judge
quality-watch-pelvis = Next time, watch your pelvis
quality-watch-trunk = Next time, watch your back
quality-watch-shoulders = Next time, watch your shoulders
quality-watch-head = Next time, watch your head
quality-watch-left-shoulder = Next time, watch your left shoulder
quality-watch-right-shoulder = Next time, watch your right shoulder
quality-watch-left-elbow = Next time, watch your left elbow
quality-watch-right-elbow = Next time, watch your right elbow
quality-watch-left-hip = Next time, watch your left hip
quality-watch-right-hip = Next time, watch your right hip
quality-watch-left-knee = Next time, watch your left knee
quality-watch-right-knee = Next time, watch your right knee
quality-watch-tempo = Next time, watch your pace
