// The machine's Chromium.
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** A browser, more flags if needed. */
export function launch(flags = []) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, ...flags] });
}

/** Waits for a global of the page, asking from outside: the page itself may evaluate nothing. */
export async function until(page, name, patience = 20_000) {
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (await page.evaluate((name) => window[name] !== undefined, name)) return;
  }
  throw new Error(`the page never had ${name}`);
}
