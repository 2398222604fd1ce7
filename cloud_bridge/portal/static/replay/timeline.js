// The bar above the slider: repetitions, what lies outside the movement, and the least good stretch.

/** What stands at a moment of the set, in words. */
export function wordsAt(motion, timeS) {
  const said = [];
  motion.repetitions.forEach((each, index) => {
    if (within(each, timeS)) said.push(`repetition ${index + 1}`);
  });
  if (motion.trimmed && !within(motion.trimmed, timeS)) said.push("outside the movement");
  if (motion.worst && within(motion.worst, timeS)) said.push("least good stretch");
  return said.join(", ");
}

/** One repetition in words, as the list has it. */
export function repetitionWords(motion, index) {
  const each = motion.repetitions[index];
  const said = [`Repetition ${index + 1}`, `${seconds(each.begins_s)} to ${seconds(each.ends_s)} s`];
  if (each.side !== "both") said.push(`${each.side} side`);
  if (each.good !== null) said.push(each.good ? "good" : "not good");
  if (each.probability_good !== null) {
    said.push(`probability of good form ${Math.round(100 * each.probability_good)} %`);
  }
  if (each.score !== null) {
    const deviation = each.deviation === null ? "error unknown" : `± ${each.deviation.toFixed(1)}`;
    said.push(`score ${each.score.toFixed(1)} ${deviation}`);
  }
  if (each.good === null && each.score === null) said.push("not judged");
  if (isWorst(motion, each)) said.push(`least good of the set by its ${motion.worst.by}`);
  return said.join(", ");
}

export function seconds(timeS) {
  return timeS.toFixed(1);
}

/** Fills the bar; all of it is said in words in the list and the slider, too. */
export function fillBar(bar, motion, lengthS) {
  const place = (element, begins, ends) => {
    element.style.left = `${(100 * Math.max(0, begins)) / lengthS}%`;
    element.style.width = `${(100 * (Math.min(lengthS, ends) - Math.max(0, begins))) / lengthS}%`;
    bar.append(element);
  };
  if (motion.trimmed) {
    place(part("outside"), 0, motion.trimmed.begins_s);
    place(part("outside"), motion.trimmed.ends_s, lengthS);
  }
  motion.repetitions.forEach((each, index) => {
    const box = part(isWorst(motion, each) ? "repetition worst" : "repetition");
    box.textContent = isWorst(motion, each) ? `▼ ${index + 1}` : String(index + 1);
    place(box, each.begins_s, each.ends_s);
  });
}

export function isWorst(motion, each) {
  const worst = motion.worst;
  return worst !== null && each.begins_s === worst.begins_s && each.ends_s === worst.ends_s;
}

function within(span, timeS) {
  return span.begins_s <= timeS && timeS <= span.ends_s;
}

function part(kind) {
  const element = document.createElement("span");
  element.className = kind;
  return element;
}
