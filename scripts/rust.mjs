import { spawnSync } from 'node:child_process';

/** The oldest Rust that builds qanto; `rust-version` in Cargo.toml says the same to cargo. */
const MINIMUM = [1, 95];

/** Ends the process with one sentence unless a Rust that can build qanto is installed. */
export function requireRust() {
  const minimum = MINIMUM.join('.');
  const { status, stdout } = spawnSync('cargo', ['--version'], { encoding: 'utf8' });
  const version = status === 0 ? /^cargo (\d+)\.(\d+)/.exec(stdout) : null;
  if (!version) {
    fail(
      `qanto builds its native part with Rust ${minimum} or newer, which is not installed: get it from https://rustup.rs and run this again.`,
    );
  }
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
    fail(
      `qanto needs Rust ${minimum} or newer, and this is ${stdout.trim()}: run "rustup update stable" and this again.`,
    );
  }
}

/** Runs a command in the foreground and ends the process with its exit code if it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) fail(`${command} cannot be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether a cargo subcommand such as `nextest` is installed. */
export function hasCargoCommand(name) {
  return spawnSync('cargo', [name, '--version'], { stdio: 'ignore' }).status === 0;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
