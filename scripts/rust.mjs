import { spawnSync } from 'node:child_process';

/** The oldest version of Rust that builds qanto. `rust-version` in Cargo.toml must be the same. */
const MINIMUM = [1, 95];

/** Ends the process with an error message if no version of Rust that can build qanto is installed. */
export function requireRust() {
  const minimum = MINIMUM.join('.');
  const { status, stdout } = spawnSync('cargo', ['--version'], { encoding: 'utf8' });
  const version = status === 0 ? /^cargo (\d+)\.(\d+)/.exec(stdout) : null;
  if (!version) {
    fail(
      `Rust is not installed, and qanto needs Rust ${minimum} or newer to build its native part. Install it from https://rustup.rs and run this command again.`,
    );
  }
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
    fail(
      `qanto needs Rust ${minimum} or newer, but ${stdout.trim()} is installed. Run "rustup update stable", then run this command again.`,
    );
  }
}

/** Runs a command in the foreground and ends the process with its exit code if it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
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
