#!/usr/bin/env node
try {
  require('../dist/cli/main.js');
} catch (error) {
  const { code, message } = error;
  if (code === 'MODULE_NOT_FOUND' && message.includes('dist/cli/main.js')) {
    process.stderr.write('error: qanto is not built; run "npm run build"\n');
  } else if (code === 'ERR_QANTO_LIBRARY_MISSING' || code === 'ERR_QANTO_LIBRARY_VERSION') {
    const text = process.argv.includes('--json')
      ? JSON.stringify({ code, message, exitCode: 1 })
      : `error: ${message} [${code}]`;
    process.stderr.write(`${text}\n`);
  } else {
    throw error;
  }
  process.exitCode = 1;
}
