//! Lets every call to the operating system fail in turn. The store must report the failure, keep every acknowledged
//! transaction, and acknowledge nothing after a failed flush.
#![cfg(unix)]

mod common;

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use common::model::{Model, Step, promptly};
use common::random::{Random, seed, setting};
use common::states::{State, states, write_files};
use common::vfs::{Call, Fault, Vfs};
use common::{options, verify};
use qanto_store::{Database, Options, StoreError};

#[test]
fn a_store_whose_calls_fail_once_loses_nothing() {
    campaign("failing once", |at| Fault {
        at,
        is_lasting: false,
        only: None,
        is_full: false,
    });
}

#[test]
fn a_store_whose_calls_fail_from_one_call_on_loses_nothing() {
    campaign("failing from then on", |at| Fault {
        at,
        is_lasting: true,
        only: None,
        is_full: false,
    });
}

#[test]
fn a_store_whose_disk_is_full_for_one_write_continues_afterwards() {
    campaign("full once", |at| Fault {
        at,
        is_lasting: false,
        only: None,
        is_full: true,
    });
}

#[test]
fn a_store_whose_disk_is_full_from_one_call_on_loses_nothing() {
    campaign("full from then on", |at| Fault {
        at,
        is_lasting: true,
        only: None,
        is_full: true,
    });
}

/// Runs with a failure at every call that the settings choose, for a new store and for one with pruned blocks.
fn campaign(name: &str, fault: fn(u64) -> Fault) {
    let past = states()
        .into_iter()
        .find(|state| state.name.contains("deletion"))
        .expect("a state");
    let new = State {
        name: "new",
        model: Model::default(),
        files: BTreeMap::new(),
    };
    for state in [new, past] {
        let sites = run(&state, None, 0).1;
        let chosen = setting_of_sites();
        let stride = chosen.map_or(1, |count| (sites / count).max(1));
        let first = setting("QANTO_STORE_FIRST", 0);
        let mut fired = BTreeMap::new();
        for at in (first..sites).step_by(stride as usize) {
            let result = catch_unwind(AssertUnwindSafe(|| {
                promptly(|| run(&state, Some(fault(at)), at))
            }));
            let Ok((call, _)) = result else {
                panic!(
                    "{name}, a store that is {}: call {at} of seed {}",
                    state.name,
                    seed()
                );
            };
            *fired.entry(format!("{call:?}")).or_insert(0) += 1;
        }
        println!(
            "{name}, a store that is {}: {sites} call sites, a stride of {stride}: {fired:?}",
            state.name
        );
    }
}

/// Returns the number of calls that fail in turn. `None` means all.
fn setting_of_sites() -> Option<u64> {
    match env::var("QANTO_STORE_IO_ERRORS") {
        Ok(text) if text == "all" => None,
        _ => Some(setting("QANTO_STORE_IO_ERRORS", 8)),
    }
}

/// The acknowledged content, and the contents that are possible because a transaction failed late.
struct Known {
    model: Model,
    possible: Vec<Model>,
}

/// Runs once with this fault. Returns the call that failed, and the number of calls.
fn run(state: &State, fault: Option<Fault>, round: u64) -> (Option<Call>, u64) {
    let mut random = Random::of_round(seed(), round);
    let directory = tempfile::tempdir().expect("a directory");
    write_files(directory.path(), &state.files);
    let vfs = Vfs::new();
    vfs.simulate_disk(false);
    // The cache is small, so that reading blocks reads the file.
    let options = Options {
        vfs: Some(vfs.name.clone()),
        cache_bytes: 32 << 10,
        ..options(directory.path())
    };
    let mut known = Known {
        model: state.model.clone(),
        possible: Vec::new(),
    };
    vfs.set_fault(fault);
    // The steps do not depend on the fault.
    work(&options, &vfs, &mut known, &mut Random::new(seed()));
    let (fired, calls) = (vfs.fired(), vfs.calls());
    vfs.set_fault(None);

    // The image is what the disk may hold if it loses power at the end, without the data of a failed flush.
    let image = tempfile::tempdir().expect("a directory");
    vfs.cut_into(directory.path(), image.path(), &mut random);
    for directory in [image.path(), directory.path()] {
        check_afterwards(directory, &known);
    }
    (fired, calls)
}

fn work(options: &Options, vfs: &Vfs, known: &mut Known, random: &mut Random) {
    let mut opened = require_failure(Database::open(options), vfs);
    if opened.is_none() && vfs.fired().is_some() {
        // The second attempt succeeds if the fault is not lasting.
        opened = require_failure(Database::open(options), vfs);
    }
    let Some(mut database) = opened else { return };
    for number in 0..14 {
        let step = match number {
            4 => known.model.pruning(40, false, random),
            2 | 5 | 6 | 10 => Step::DeleteSlice,
            3 | 8 => Step::Checkpoint,
            7 => {
                read_all(&mut database, known, vfs);
                continue;
            }
            _ => Step::Append(vec![
                (random.within(1..30), Some(vec![number; 3000])),
                (2, None),
            ]),
        };
        transact(&mut database, &step, known, vfs);
    }
    read_all(&mut database, known, vfs);
    // In half of the runs with a failure, the store is not closed, as if the process were killed.
    if vfs.fired().is_none() || vfs.calls().is_multiple_of(2) {
        require_failure(database.close(), vfs);
    }
}

/// Does a step, and compares its outcome with the calls that failed in it.
fn transact(database: &mut Database, step: &Step, known: &mut Known, vfs: &Vfs) {
    let before = vfs.fired();
    let was_refusing = database.is_refusing();
    let after = known.model.after(step);
    let done = require_failure(known.model.apply(step, database), vfs);
    if was_refusing {
        let is_nothing = matches!(step, Step::DeleteSlice) && done.is_some();
        assert!(
            done.is_none() || is_nothing,
            "the store acknowledges {step:?} after a failed flush"
        );
    }
    let fired = if before.is_none() { vfs.fired() } else { None };
    if fired == Some(Call::Sync) {
        assert!(
            done.is_none(),
            "a flush failed, and {step:?} does not say so"
        );
        assert!(database.is_refusing(), "a flush failed in {step:?}");
    }
    match done {
        Some(()) => {
            known.model = after;
            if !matches!(step, Step::Checkpoint | Step::DeleteSlice) {
                known.possible.clear();
            }
        }
        None => known.possible.push(after),
    }
    if !database.is_refusing() && fired.is_some() && fired != Some(Call::Sync) && vfs.is_sound() {
        let step = Step::Append(vec![(1, None)]);
        let after = known.model.after(&step);
        known
            .model
            .apply(&step, database)
            .expect("the store goes on once the failure is over");
        known.model = after;
        known.possible.clear();
    }
}

fn read_all(database: &mut Database, known: &Known, vfs: &Vfs) {
    require_failure(known.model.check_heads(database), vfs);
    require_failure(known.model.check_reads(database).1.map_or(Ok(()), Err), vfs);
    require_failure(verify(database), vfs);
}

/// Returns `None` on an error if a call has failed before. Panics on any other error.
fn require_failure<T>(result: Result<T, StoreError>, vfs: &Vfs) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(StoreError::Failed { .. }) if vfs.fired().is_some() => None,
        Err(error) => panic!("after {:?} failed: {error:?}", vfs.fired()),
    }
}

/// Opens the store without faults. It must hold what was acknowledged, or one more transaction that failed late.
fn check_afterwards(directory: &Path, known: &Known) {
    let options = options(directory);
    let mut database = Database::open(&options).expect("the store opens afterwards");
    let found = [&known.model]
        .into_iter()
        .chain(&known.possible)
        .find(|model| model.has_gauges_of(&database))
        .expect("what was acknowledged is there, and nothing that was not asked for");
    let mut model = found.clone();
    model.check(&mut database).expect("all is sound");
    for step in [Step::Append(vec![(3, None)]), Step::DeleteSlice] {
        model
            .apply(&step, &mut database)
            .expect("the store goes on");
        model = model.after(&step);
    }
    model.check(&mut database).expect("all is sound at the end");
    database.close().expect("closed");
}
