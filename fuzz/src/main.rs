//! Runs the harnesses on generated inputs, and counts the executions. On the first input that breaks a rule, prints how
//! to repeat it and exits with code 1.

use std::any::Any;
use std::error::Error;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lexopt::Arg::Long;
use lexopt::ValueExt;
use qanto_fuzz::{FuzzTarget, Generator, TARGETS};

const USAGE: &str =
    "qanto-fuzz [--executions N] [--seed N] [--target NAME [--from N | --input FILE]] [--json]";

struct Arguments {
    /// The number of executions of all targets together.
    executions: u64,
    seed: u64,
    target: Option<String>,
    /// The number of the first input.
    from: u64,
    /// A file with one input, which is run instead of generated inputs.
    input: Option<PathBuf>,
    json: bool,
}

struct Count {
    name: &'static str,
    executions: u64,
    took: Duration,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(arguments) = parse()? else {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    };
    let chosen: Vec<&FuzzTarget> = TARGETS
        .iter()
        .filter(|target| {
            arguments
                .target
                .as_deref()
                .is_none_or(|name| name == target.name)
        })
        .collect();
    if chosen.is_empty() {
        let names = TARGETS.map(|target| target.name).join(", ");
        return Err(format!("--target must be one of {names}").into());
    }
    if let Some(file) = &arguments.input {
        let input = std::fs::read(file)?;
        for target in chosen {
            (target.run)(&input);
        }
        return Ok(ExitCode::SUCCESS);
    }

    let shares: u64 = chosen.iter().map(|target| target.share).sum();
    let mut counts = Vec::new();
    for target in chosen {
        let executions = arguments.executions * target.share / shares;
        let began = Instant::now();
        if let Err(failure) = run(target, arguments.seed, arguments.from, executions) {
            eprintln!("{failure}");
            return Ok(ExitCode::FAILURE);
        }
        counts.push(Count {
            name: target.name,
            executions,
            took: began.elapsed(),
        });
    }
    if arguments.json {
        println!("{}", as_json(arguments.seed, &counts));
    } else {
        print!("{}", as_table(arguments.seed, &counts));
    }
    Ok(ExitCode::SUCCESS)
}

fn parse() -> Result<Option<Arguments>, Box<dyn Error>> {
    let mut arguments = Arguments {
        executions: 10_700_000,
        seed: fastrand::u64(..1 << 53),
        target: None,
        from: 0,
        input: None,
        json: false,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("executions") => arguments.executions = parser.value()?.parse()?,
            Long("seed") => arguments.seed = parser.value()?.parse()?,
            Long("target") => arguments.target = Some(parser.value()?.string()?),
            Long("from") => arguments.from = parser.value()?.parse()?,
            Long("input") => arguments.input = Some(parser.value()?.into()),
            Long("json") => arguments.json = true,
            Long("help") => return Ok(None),
            _ => return Err(format!("{}; {USAGE}", argument.unexpected()).into()),
        }
    }
    Ok(Some(arguments))
}

/// Runs the inputs `from..from + executions` on all cores. If one breaks a rule, returns a description of it.
fn run(target: &FuzzTarget, seed: u64, from: u64, executions: u64) -> Result<(), String> {
    // Inputs are taken in chunks, since a shared counter for each input would dominate the time.
    const CHUNK: u64 = 256;
    let next = AtomicU64::new(from);
    let end = from + executions;
    let work = || {
        let generator = Generator::new(seed, target.seeds);
        let mut input = Vec::new();
        loop {
            let chunk = next.fetch_add(CHUNK, Ordering::Relaxed);
            if chunk >= end {
                return Ok(());
            }
            for number in chunk..end.min(chunk + CHUNK) {
                generator.make(number, &mut input);
                let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
                if let Err(payload) = outcome {
                    next.store(end, Ordering::Relaxed);
                    return Err(describe(target, seed, number, &input, payload.as_ref()));
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            let finished = worker.join();
            finished.unwrap_or_else(|_| Err("the driver itself panicked".to_owned()))
        })
    })
}

fn describe(
    target: &FuzzTarget,
    seed: u64,
    number: u64,
    input: &[u8],
    payload: &(dyn Any + Send),
) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    let name = target.name;
    format!(
        "{name} breaks a rule: {}\n  input {number} of seed {seed}; add it to the seeds of {name}: b\"{}\"\n  repeat with: \
         cargo run --release -p qanto-fuzz -- --target {name} --seed {seed} --from {number} --executions 1",
        text.unwrap_or("no message"),
        input.escape_ascii(),
    )
}

fn as_json(seed: u64, counts: &[Count]) -> serde_json::Value {
    let targets: Vec<_> = counts
        .iter()
        .map(|count| {
            serde_json::json!({
                "target": count.name,
                "executions": count.executions,
                "seconds": count.took.as_secs_f64(),
            })
        })
        .collect();
    serde_json::json!({ "seed": seed, "targets": targets })
}

fn as_table(seed: u64, counts: &[Count]) -> String {
    let mut table = format!(
        "seed {seed}\n{:<12}{:>12}{:>10}\n",
        "target", "executions", "seconds"
    );
    for count in counts {
        let seconds = count.took.as_secs_f64();
        table += &format!(
            "{:<12}{:>12}{seconds:>10.1}\n",
            count.name, count.executions
        );
    }
    table
}
