//! Tests on a disk on which the files cannot grow any more. Pruning must free space there.
#![cfg(unix)]

mod common;

use std::fs;
use std::path::Path;

use common::model::{Model, Step};
use common::options;
use common::random::Random;
use common::vfs::Vfs;
use qanto_store::{Database, Options, StoreError};

/// Opens a store with a full reserve, on a disk that has this many bytes left.
fn nearly_full(directory: &Path, vfs: &Vfs, bytes_left: u64) -> Database {
    Database::open(&options(directory))
        .expect("a new store")
        .close()
        .expect("closed");
    let reserve = fs::metadata(directory.join("reserve"))
        .expect("a reserve")
        .len();
    assert_eq!(reserve, 1 << 20);
    // The store measures the real disk, so it is configured such that its space is always short.
    let options = Options {
        vfs: Some(vfs.name.clone()),
        min_free: Some(u64::MAX),
        ..options(directory)
    };
    // This also saves the time of flushing.
    vfs.simulate_disk(false);
    vfs.set_quota(Some(size(directory) + bytes_left));
    Database::open(&options).expect("the store opens")
}

fn size(directory: &Path) -> u64 {
    let length = |entry: fs::DirEntry| entry.metadata().expect("a file").len();
    fs::read_dir(directory)
        .expect("the files")
        .map(|entry| length(entry.expect("a file")))
        .sum()
}

fn database_size(directory: &Path) -> u64 {
    fs::metadata(directory.join("blocks.db"))
        .expect("a file")
        .len()
}

/// Appends until the disk is full. Copies the log as the thread of a store does.
fn fill(database: &mut Database, model: &mut Model, count: u64) -> StoreError {
    loop {
        let step = Step::Append(vec![(count, Some(vec![1; 500]))]);
        if let Err(error) = model.apply(&step, database) {
            return error;
        }
        *model = model.after(&step);
        if database.needs_checkpoint() {
            let _ = database.checkpoint();
        }
    }
}

#[test]
fn a_store_on_a_full_disk_prunes_with_its_reserve_and_reuses_the_freed_pages() {
    for (round, count) in [5, 60, 300].into_iter().enumerate() {
        let directory = tempfile::tempdir().expect("a directory");
        let vfs = Vfs::new();
        let mut database = nearly_full(directory.path(), &vfs, 3 << 20);
        let mut model = Model::default();
        let error = fill(&mut database, &mut model, count);
        assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
        assert!(!database.is_refusing());
        model.check(&mut database).expect("the content is complete");

        let step = model.pruning(70, false, &mut Random::new(round as u64));
        model
            .apply(&step, &mut database)
            .expect("the pruning fits into the reserve");
        model = model.after(&step);
        assert_eq!(
            fs::metadata(directory.path().join("reserve"))
                .expect("a file")
                .len(),
            0
        );
        let mut failures = 0;
        while database.has_pending_deletion() {
            if let Err(error) = database.delete_slice() {
                failures += 1;
                assert!(
                    failures < 10,
                    "deletion goes on, {count} blocks a group: {error:?}"
                );
            }
            if database.needs_checkpoint() {
                let _ = database.checkpoint();
            }
        }
        model
            .check(&mut database)
            .expect("the content is complete after the deletion");

        database
            .checkpoint()
            .expect("there is space to copy the log");
        let before = database_size(directory.path());
        let freed = model.appended() / 4;
        let mut appended = 0;
        while appended < freed {
            let step = Step::Append(vec![(count.min(freed), None)]);
            model
                .apply(&step, &mut database)
                .expect("freed pages are reused");
            model = model.after(&step);
            appended += count.min(freed);
            if database.needs_checkpoint() {
                database.checkpoint().expect("the log is copied");
            }
        }
        database.checkpoint().expect("the log is copied");
        assert_eq!(
            database_size(directory.path()),
            before,
            "the file does not grow"
        );
        model
            .check(&mut database)
            .expect("the content is complete at the end");
        println!(
            "{count} blocks a group: {failures} slices failed, {} blocks",
            model.appended()
        );
        database.close().expect("closed");
    }
}

#[test]
fn a_store_whose_disk_is_filled_by_others_prunes_at_once_and_deletes_when_there_is_space() {
    let directory = tempfile::tempdir().expect("a directory");
    let vfs = Vfs::new();
    let mut database = nearly_full(directory.path(), &vfs, 20 << 20);
    let mut model = Model::default();
    // The log holds all blocks, so the database would have to grow by more than the reserve.
    for _ in 0..5 {
        let step = Step::Append(vec![(300, None)]);
        model.apply(&step, &mut database).expect("appended");
        model = model.after(&step);
    }
    vfs.set_quota(Some(size(directory.path())));
    let dropped = (0..1000).collect();
    let step = Step::Prune {
        dropped,
        trusted: Vec::new(),
        state: b"pruned".to_vec(),
        archive: false,
    };
    model
        .apply(&step, &mut database)
        .expect("the pruning fits into the reserve");
    model = model.after(&step);
    model.check(&mut database).expect("the content is complete");
    vfs.set_quota(Some(size(directory.path()) + (4 << 20)));
    for _ in 0..20 {
        let _ = database.delete_slice();
    }
    assert!(!database.has_pending_deletion());
    model
        .check(&mut database)
        .expect("the content is complete after the deletion");
    database.close().expect("closed");
}

#[test]
fn a_store_that_cannot_be_created_on_a_full_disk_can_be_created_later() {
    for kibibytes in (0..200).step_by(12) {
        let directory = tempfile::tempdir().expect("a directory");
        let vfs = Vfs::new();
        vfs.set_quota(Some(kibibytes << 10));
        let options = Options {
            vfs: Some(vfs.name.clone()),
            ..options(directory.path())
        };
        if let Err(error) = Database::open(&options) {
            assert!(
                matches!(error, StoreError::Failed { .. }),
                "{kibibytes} KiB: {error:?}"
            );
        }
        vfs.set_quota(None);
        let mut database = Database::open(&options).expect("there is space now");
        Model::default()
            .check(&mut database)
            .expect("an empty store");
    }
}
