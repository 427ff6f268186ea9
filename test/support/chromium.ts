import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';

const usualPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * A suite that needs a real browser: Chromium at `ONEOFF_TEST_CHROMIUM` or where systems put it. Without one it is skipped, and says
 * so; with `ONEOFF_TEST_REQUIRE_CHROMIUM=1` it fails.
 */
export function describeWithChromium(name: string, suite: (launch: () => Promise<Browser>) => void): void {
  const paths = [process.env.ONEOFF_TEST_CHROMIUM ?? '', ...usualPaths];
  const executablePath = paths.find((path) => path !== '' && existsSync(path));
  if (executablePath !== undefined) {
    describe(name, () => suite(() => launch(executablePath)));
    return;
  }
  const message = `${name}: there is no Chromium at ${usualPaths.join(', ')}`;
  if (process.env.ONEOFF_TEST_REQUIRE_CHROMIUM === '1') {
    throw new Error(`${message}, and ONEOFF_TEST_REQUIRE_CHROMIUM=1 asks for one`);
  }
  console.warn(`SKIPPED ${message}`);
  describe.skip(`${name} (SKIPPED: no Chromium)`, () => suite(() => launch('/nowhere')));
}

/** Without a sandbox of its own, which root does not get, and without the requests that a browser makes for itself. */
function launch(executablePath: string): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
  ];
  return chromium.launch({ executablePath, args });
}
