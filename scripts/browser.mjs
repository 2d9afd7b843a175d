/** A headless Chromium for the tests, the screenshots and the measurements of the page. */
import { accessSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** The programs of Debian's packages. The variable overrides them. */
const PROGRAMS = [process.env.QANTO_CHROMIUM, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The path of the program. Undefined if there is none. */
export function browserProgram() {
  return PROGRAMS.find((program) => {
    try {
      accessSync(program ?? '');
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts the browser, which draws in software. */
export function startBrowser() {
  const executablePath = browserProgram();
  if (executablePath === undefined) {
    throw new Error(
      'no Chromium found; install it ("apt-get install chromium-headless-shell") or set QANTO_CHROMIUM',
    );
  }
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
  });
}
