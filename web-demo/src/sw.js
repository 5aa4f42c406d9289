// Keeps the page for use without a network: FILES at once, LATE from when they are first used. These names stand above when it is
// built. Releases are kept by the engine, which checks every byte of them.
/* global VERSION, FILES, LATE */
const NAME = `ninzu-page-${VERSION}`;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)));
});

self.addEventListener('activate', (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) if (name.startsWith('ninzu-page-') && name !== NAME) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

const scope = new URL('./', self.location.href).href;
const addresses = (files) => new Set(files.map((file) => new URL(file, scope).href));
const [kept, late] = [addresses(FILES), addresses(LATE)];

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = request.url.split(/[?#]/)[0];
  const file = url === `${scope}index.html` ? scope : url;
  if (request.method !== 'GET' || !(kept.has(file) || late.has(file))) return;
  const answer = async () => {
    const cache = await caches.open(NAME);
    // A new version of the page is seen at once where there is a network.
    if (request.mode === 'navigate') return fetch(request).catch(() => cache.match(file));
    const found = await cache.match(file);
    if (found) return found;
    const response = await fetch(request);
    if (late.has(file) && response.ok) event.waitUntil(cache.put(file, response.clone()).catch(() => {}));
    return response;
  };
  event.respondWith(answer());
});
