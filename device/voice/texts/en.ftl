say-count = { $number }
say-words = { $words }
say-begin = Begin
say-go-on = Go on
say-rest = Rest for { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
  }
say-volume = This is how loud I speak
instruct-question-pain-before = How much does it hurt now, from 0 to 10?
instruct-question-pain-after = How much does it hurt now, from 0 to 10?
instruct-question-rpe = How hard was it, from 0 to 10?
instruct-emergency = Call for help now. The number is { $number }
symbol-degrees = { $number ->
    [one] { $written } degree
   *[other] { $written } degrees
  }
symbol-percent = { $written } percent
symbol-times = times
symbol-to = to
symbol-plus-or-minus = plus or minus
