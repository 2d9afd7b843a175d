//! Damages a file of a store. The store must either report the damage, or hold exactly what it held.

mod common;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;

use common::model::{Model, Step};
use common::random::{Random, rounds, seed};
use common::states::{FileBytes, State, read_files, states, write_files};
use common::{PATIENCE, options, verify};
use qanto_store::{Database, StoreError};

#[test]
fn a_store_with_a_flipped_bit_or_byte_reports_it_or_holds_what_it_held() {
    campaign("QANTO_STORE_FLIPS", 20, None, |bytes, random| {
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] ^= if random.percent(50) {
            1 << random.below(8)
        } else {
            random.within(1..256) as u8
        };
        at..at + 1
    });
}

#[test]
fn a_store_with_a_damaged_header_reports_it_or_holds_what_it_held() {
    campaign(
        "QANTO_STORE_HEADER_FLIPS",
        20,
        Some("blocks.db"),
        |bytes, random| {
            // The header of the file, and the header of its first page.
            let at = random.below(112) as usize;
            bytes[at] ^= 1 << random.below(8);
            at..at + 1
        },
    );
}

#[test]
fn a_store_with_a_truncated_file_reports_it_or_holds_what_it_held() {
    campaign("QANTO_STORE_TRUNCATIONS", 3, None, |bytes, random| {
        let length = random.below(bytes.len() as u64) as usize;
        let removed = length..bytes.len();
        bytes.truncate(length);
        removed
    });
}

#[test]
fn a_store_with_a_zeroed_page_reports_it_or_holds_what_it_held() {
    campaign("QANTO_STORE_ZEROED_PAGES", 3, None, |bytes, random| {
        let size = 512 << random.below(5);
        let start = random.below(bytes.len() as u64) as usize / size * size;
        let end = (start + size).min(bytes.len());
        bytes[start..end].fill(0);
        start..end
    });
}

/// The result of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    RefusedToOpen,
    FoundByHeads,
    FoundByReading,
    FoundByVerifying,
    FoundByWriting,
    /// No damage was found before more was written, but afterwards.
    FoundAfterWriting,
    NothingWrong,
}

/// Damages a file of a store in one of its states, once per round.
fn campaign(
    name: &str,
    default: u64,
    only: Option<&str>,
    damage: fn(&mut Vec<u8>, &mut Random) -> Range<usize>,
) {
    let states = states();
    let mut outcomes = BTreeMap::new();
    for round in rounds(name, default) {
        let mut random = Random::of_round(seed(), round);
        let State {
            name: state,
            model,
            files,
        } = &states[round as usize % states.len()];
        // Nearly all of the data is in the database and its log.
        let names: Vec<_> = files
            .iter()
            .filter(|(_, bytes)| !bytes.is_empty())
            .collect();
        let large: Vec<_> = names
            .iter()
            .copied()
            .filter(|(name, _)| name.starts_with("blocks"))
            .collect();
        let choices = if random.percent(85) { &large } else { &names };
        let file = only.unwrap_or_else(|| random.pick(choices).0);
        let mut damaged = files.clone();
        let place = damage(damaged.get_mut(file).expect("the file"), &mut random);
        let case = format!(
            "round {round} of seed {}: a store that was {state}, {file} at {place:?}",
            seed()
        );
        let is_too_new_allowed = file.starts_with("blocks");
        let model = model.clone();
        let outcome = promptly(&case, move || {
            examine(&model, &damaged, is_too_new_allowed, random)
        });
        if outcome == Outcome::FoundAfterWriting || std::env::var_os("QANTO_STORE_TELL").is_some() {
            println!("{case}: {outcome:?}");
        }
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    println!("{name}: {outcomes:?}");
}

/// Runs a case on a thread of its own. Panics if the case panics or does not end in time.
fn promptly(case: &str, run: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let (sender, receiver) = channel();
    let thread = thread::spawn(move || {
        let _ = sender.send(catch_unwind(AssertUnwindSafe(run)).ok());
    });
    let Ok(outcome) = receiver.recv_timeout(PATIENCE) else {
        panic!("{case}: it does not end");
    };
    thread.join().expect("the thread ends");
    outcome.unwrap_or_else(|| panic!("{case}: it failed"))
}

/// Panics if the error does not report damage.
fn require_damage<T>(result: Result<T, StoreError>) -> Result<T, ()> {
    result.map_err(|error| {
        assert!(
            matches!(error, StoreError::Damaged { .. }),
            "not reported as damage: {error:?}"
        );
    })
}

fn examine(
    model: &Model,
    files: &FileBytes,
    is_too_new_allowed: bool,
    mut random: Random,
) -> Outcome {
    let directory = tempfile::tempdir().expect("a directory");
    write_files(directory.path(), files);
    let options = options(directory.path());
    let mut database = match Database::open(&options) {
        // The schema version has no checksum, and is read first.
        Err(StoreError::SchemaTooNew { .. }) if is_too_new_allowed => {
            return Outcome::RefusedToOpen;
        }
        opened => match require_damage(opened) {
            Ok(database) => database,
            Err(()) => {
                require_unchanged(files, &read_files(directory.path()));
                return Outcome::RefusedToOpen;
            }
        },
    };
    let heads = require_damage(model.check_heads(&mut database));
    let (unread, error) = model.check_reads(&mut database);
    let reads = require_damage(error.map_or(Ok(()), Err));
    let verified = require_damage(verify(&database));
    let before = match (heads, reads, verified) {
        (Err(()), _, _) => Outcome::FoundByHeads,
        (_, Err(()), _) => Outcome::FoundByReading,
        (_, _, Err(())) => Outcome::FoundByVerifying,
        _ => Outcome::NothingWrong,
    };
    // More blocks are written, to several pages and in several transactions.
    let mut model = model.clone();
    let mut written = Ok(());
    for number in 0..8 {
        let step = match number {
            0 | 3 => Step::DeleteSlice,
            5 => Step::Checkpoint,
            _ => Step::Append(vec![(random.within(1..40), Some(vec![number; 9000]))]),
        };
        match require_damage(model.apply(&step, &mut database)) {
            Ok(()) => model = model.after(&step),
            Err(()) => written = Err(()),
        }
    }
    let mut after = Vec::new();
    for is_last in [false, true] {
        after.push(require_damage(model.check_heads(&mut database)));
        let (unread_now, error) = model.check_reads(&mut database);
        after.push(require_damage(error.map_or(Ok(()), Err)));
        after.push(require_damage(verify(&database)));
        let lost = unread_now.difference(&unread).count();
        let was_reported = before != Outcome::NothingWrong || written.is_err();
        if lost > 0 {
            println!(
                "{lost} more blocks cannot be read after writing; damage was reported before: {was_reported}"
            );
        }
        if !is_last {
            require_damage(database.close()).unwrap_or_default();
            match require_damage(Database::open(&options)) {
                Ok(opened) => database = opened,
                Err(()) => {
                    after.push(Err(()));
                    break;
                }
            }
        } else {
            break;
        }
    }
    match (before, written) {
        (Outcome::NothingWrong, Err(())) => Outcome::FoundByWriting,
        (Outcome::NothingWrong, Ok(())) if after.contains(&Err(())) => Outcome::FoundAfterWriting,
        (before, _) => before,
    }
}

/// Panics if the files differ. Only the lock file, which is written when the lock is taken, and an empty log may
/// differ.
fn require_unchanged(before: &FileBytes, after: &FileBytes) {
    let relevant = |files: &FileBytes| -> FileBytes {
        let is_relevant = |name: &str, bytes: &[u8]| {
            name != "lock" && !(name == "blocks.db-wal" && bytes.is_empty())
        };
        files
            .clone()
            .into_iter()
            .filter(|(name, bytes)| is_relevant(name, bytes))
            .collect()
    };
    let (before, after) = (relevant(before), relevant(after));
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>(),
        "the files"
    );
    for (name, bytes) in before {
        assert!(
            after[&name] == bytes,
            "{name} was changed by an opening that was refused"
        );
    }
}
