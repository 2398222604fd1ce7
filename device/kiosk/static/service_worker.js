// Keeps the page's own files, so that asking for it while the server starts again shows
// "One moment please" instead of a browser's error. The server's answer always comes first.
const KEPT = "page";

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(KEPT).then((kept) => kept.add("/")));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || !(pathname === "/" || pathname.startsWith("/static/"))) return;
  event.respondWith(fromServerOrKept(event.request));
});

async function fromServerOrKept(request) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(request, answer.clone());
    return answer;
  } catch (error) {
    const copy = await kept.match(request, { ignoreSearch: true });
    if (copy) return copy;
    throw error;
  }
}
