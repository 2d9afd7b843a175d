//! Cuts the power at any call to the operating system. The store must hold every acknowledged transaction, and in
//! addition at most the one that was being written.
#![cfg(unix)]

mod common;

use std::fs;
use std::path::Path;

use common::model::{Model, Step, promptly};
use common::options;
use common::random::{Random, rounds, seed};
use common::vfs::Vfs;
use qanto_store::{Database, Options};

#[test]
fn a_store_that_loses_power_holds_every_transaction_that_was_acknowledged() {
    let (mut count, mut in_flight, mut transactions) = (0, 0, 0);
    for round in rounds("QANTO_STORE_POWER_CUTS", 7) {
        let random = Random::of_round(seed(), round);
        let result = std::panic::catch_unwind(|| promptly(|| cut_once(round, random)));
        let (found_in_flight, acknowledged) =
            result.unwrap_or_else(|_| panic!("round {round} of seed {} failed", seed()));
        count += 1;
        in_flight += usize::from(found_in_flight);
        transactions += acknowledged;
    }
    println!(
        "{count} cuts, {transactions} transactions before them, {in_flight} times one more was found"
    );
}

/// The acknowledged content, and the content with the transaction that was being written when the power was cut.
struct Run {
    acknowledged: Model,
    in_flight: Option<Model>,
    transactions: usize,
}

/// Runs one round. Returns whether the transaction in flight was found, and how many came before it.
fn cut_once(round: u64, mut random: Random) -> (bool, usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let vfs = Vfs::new();
    vfs.simulate_disk(random.percent(50));
    // Every fifth cut happens while the store is being created.
    vfs.cut_at(if round % 5 == 4 {
        random.below(70)
    } else {
        let most = *random.pick(&[150, 400, 1500]);
        random.within(60..most)
    });
    let mut history = vec![None];
    let run = work(directory.path(), &vfs, &mut history, &mut random);

    let image = tempfile::tempdir().expect("a directory");
    vfs.cut_into(directory.path(), image.path(), &mut random);
    // This file is not flushed, so it may hold any of its earlier values.
    let file = image.path().join("acknowledged");
    match random.pick(&history) {
        Some(content) => fs::write(&file, content).expect("the file"),
        None => {
            let _ = fs::remove_file(&file);
        }
    }
    let options = options(image.path());
    let mut database = Database::open(&options).expect("the store opens after the power cut");
    let found_in_flight = match run.in_flight {
        Some(model) if differs(&run.acknowledged, &model, &database) => Some(model),
        _ => None,
    };
    let is_found = found_in_flight.is_some();
    let mut model = found_in_flight.unwrap_or(run.acknowledged);
    model.check(&mut database).expect("all is sound");
    // The store continues.
    for _ in 0..6 {
        let step = model.step(&mut random);
        if matches!(step, Step::Reopen) {
            database.close().expect("closed");
            database = Database::open(&options).expect("opened again");
        }
        model
            .apply(&step, &mut database)
            .expect("the store goes on");
        model = model.after(&step);
    }
    model
        .check(&mut database)
        .expect("all is sound after more steps");
    database.close().expect("closed");
    let mut database = Database::open(&options).expect("opened again");
    model.check(&mut database).expect("all is sound at the end");
    (is_found, run.transactions)
}

/// Returns whether the store holds the second model rather than the first. Every transaction of the workload changes
/// one of the compared values.
fn differs(first: &Model, second: &Model, database: &Database) -> bool {
    !first.has_gauges_of(database) && second.has_gauges_of(database)
}

/// Works until the power is cut.
fn work(
    directory: &Path,
    vfs: &Vfs,
    history: &mut Vec<Option<Vec<u8>>>,
    random: &mut Random,
) -> Run {
    let options = Options {
        vfs: Some(vfs.name.clone()),
        cache_bytes: *random.pick(&[32 << 10, 4 << 20]),
        ..options(directory)
    };
    let mut run = Run {
        acknowledged: Model::default(),
        in_flight: None,
        transactions: 0,
    };
    let mut database = None;
    while !vfs.is_cut() {
        let Some(mut open) = database.take().or_else(|| Database::open(&options).ok()) else {
            assert!(vfs.is_cut(), "the store opens as long as there is power");
            break;
        };
        note(directory, history);
        let step = run.acknowledged.step(random);
        let after = run.acknowledged.after(&step);
        let done = match step {
            // The store may also be dropped without closing it, as if the process were killed.
            Step::Reopen if random.percent(30) => {
                drop(open);
                continue;
            }
            Step::Reopen => open.close(),
            _ => {
                let done = run.acknowledged.apply(&step, &mut open);
                database = Some(open);
                done
            }
        };
        match done {
            Ok(()) => {
                run.acknowledged = after;
                run.transactions += 1;
            }
            Err(error) => {
                assert!(
                    vfs.is_cut(),
                    "a step fails while there is power: {step:?}: {error}"
                );
                run.in_flight = Some(after);
            }
        }
        note(directory, history);
    }
    run
}

/// Adds the content of the file `acknowledged` to the history.
fn note(directory: &Path, history: &mut Vec<Option<Vec<u8>>>) {
    let content = fs::read(directory.join("acknowledged")).ok();
    if !history.contains(&content) {
        history.push(content);
    }
}
