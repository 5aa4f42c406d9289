// A portal as `ninzu site` writes and `ninzu serve` shows it: the page answers there, from compressed files and plain ranges.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { demo, dist, launch, native, open, short, told } from './page.mjs';

let folder, served, browser, server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ninzu-'));
  const portal = join(folder, 'portal');
  execFileSync(process.env.NINZU, ['site', demo, '--out', portal, '--page', dist], { stdio: 'pipe' });
  served = spawn(process.env.NINZU, ['serve', portal, '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const address = await new Promise((resolve, reject) => {
    served.stdout.once('data', (line) => resolve(String(line).trim()));
    served.once('exit', (code) => reject(new Error(`ninzu serve ended with ${code}`)));
  });
  server = { url: address.replace(/\/$/, '') };
  browser = await launch();
});
after(async () => {
  await browser?.close();
  served?.kill();
  await rm(folder, { recursive: true, force: true });
});

test('the page answers what the command line answers, and asks nobody else', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en' });
  const encoded = new Map();
  context.on('response', (response) => {
    const { pathname } = new URL(response.url());
    encoded.set(pathname, [response.status(), response.headers()['content-encoding'] ?? '', response.headers()['content-security-policy'] ?? '']);
  });
  const { page, wrong, close } = await open(browser, server, { context, path: '/#q=diagnosis%20%3D%20G40' });
  const { answer } = native('diagnosis = G40');
  assert.ok((await told(page)).headline.includes(short({ ...answer.records, status: answer.status }, 'en')));
  assert.deepEqual(wrong, []);
  const [, , policy] = encoded.get('/');
  assert.match(policy, /default-src 'self'/);
  assert.equal(encoded.get('/release/datapackage.json')[1], 'br');
  const cells = [...encoded].filter(([path]) => path.startsWith('/release/cells/'));
  assert.ok(cells.length > 0 && cells.every(([, [status, encoding]]) => status === 206 && encoding === ''), JSON.stringify(cells));
  await close();
});
