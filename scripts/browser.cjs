/** A headless Chromium for the tests, the screenshots and the measurements of the page. Jest loads this module too. */
const { existsSync } = require('node:fs');
const { chromium } = require('playwright-core');

/** The programs of Debian's packages, and Chrome. The variable overrides them. */
const PROGRAMS = [
  process.env.QANTO_CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
];

/** The path of the program. Undefined if there is none. */
function browserProgram() {
  return PROGRAMS.find((program) => program !== undefined && existsSync(program));
}

/** Starts the browser, which draws in software. */
function startBrowser() {
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

module.exports = { browserProgram, startBrowser };
