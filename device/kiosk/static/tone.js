// Who lies on the floor may not see the screen: the question and the call for help are heard too.
const TONES = { checking: { every_s: 1, hertz: 660 }, emergency: { every_s: 2, hertz: 880 } };
const BEEP_S = 0.25;
let speaker = null, sounding = null, beeping = 0;

export function soundTone(name) {
  if (sounding === name) return;
  sounding = name;
  clearInterval(beeping);
  const tone = TONES[name];
  if (!tone || !window.AudioContext) return;
  speaker = speaker || new AudioContext();
  const beep = () => {
    const oscillator = speaker.createOscillator();
    oscillator.frequency.value = tone.hertz;
    oscillator.connect(speaker.destination);
    oscillator.start();
    oscillator.stop(speaker.currentTime + BEEP_S);
  };
  beep();
  beeping = setInterval(beep, tone.every_s * 1000);
}
