// Each text whose contrast to the ground behind it is under 7:1 (WCAG 2.2, relative luminance).
() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => channels(colour).slice(0, 3).map((channel) => channel / 255)
    .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4))
    .reduce((sum, share, index) => sum + share * [0.2126, 0.7152, 0.0722][index], 0);
  const groundOf = (element) => {
    let each = element;
    while ((channels(getComputedStyle(each).backgroundColor)[3] ?? 1) < 1) each = each.parentElement;
    return getComputedStyle(each).backgroundColor;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((element) => hasText(element) && element.checkVisibility() && !element.closest("svg"))
    .map((element) => {
      const both = [getComputedStyle(element).color, groundOf(element)].map(luminance);
      return [(Math.max(...both) + 0.05) / (Math.min(...both) + 0.05), element.outerHTML.slice(0, 90)];
    })
    .filter(([ratio]) => ratio < 7)
    .map(([ratio, text]) => `${ratio.toFixed(2)}: ${text}`);
}
