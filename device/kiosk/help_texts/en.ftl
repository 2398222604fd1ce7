# What the clinic asks for on the telephone.
help-device = Device
help-not-enrolled = not enrolled yet
help-software = Software
help-network = Pose network
help-prescription = Prescription
help-prescription-version = version { $version }
help-prescription-none = none yet
help-clinic = Clinic
help-clinic-connected = connected now
help-clinic-since = not connected since { $time }
help-clinic-never = never connected
help-last-contact = Last contact
help-last-contact-never = never
help-waiting = Waiting to be sent
help-waiting-count = { $count ->
    [0] nothing
    [one] { $count } message
   *[other] { $count } messages
  }
help-coach = Coach
help-coach-running = running
help-coach-silent = not running
help-camera = Camera
help-camera-usb = USB camera
help-camera-csi = ribbon camera
help-camera-clip = recorded video
help-camera-simulated = simulated patient
help-camera-push = phone or laptop
help-picture = Picture
help-picture-size = { $width } × { $height }
help-picture-size-and-rate = { $width } × { $height }, { $rate } a second
help-picture-none = no picture
help-seen = Person in the picture
help-seen-well = { $number } of { $of } body points seen well
help-disk = Free disk space
help-disk-free = { $gigabytes } GB
help-temperature = Temperature
help-temperature-degrees = { $degrees } °C
help-unknown = cannot be read here
help-log = Latest problems
help-log-none = none
help-log-at = Problem, { $time }
