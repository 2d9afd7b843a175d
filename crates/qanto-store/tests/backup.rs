//! Tests of backups: a copy contains what was acknowledged, and an interrupted one is not mistaken for a complete one.
#![cfg(unix)]

mod common;

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use common::vfs::Vfs;
use common::{PATIENCE, block, heads, options, pack};
use qanto_store::{BackedUp, Database, Options, Pruning, Reply, Store, StoreError, Trusted};

type Answer<T> = Receiver<Result<T, StoreError>>;

fn reply<T: Send + 'static>() -> (Reply<T>, Answer<T>) {
    let (sender, receiver) = channel();
    (
        Reply::new(move |answer| sender.send(answer).unwrap_or_default()),
        receiver,
    )
}

fn answer<T>(receiver: &Answer<T>) -> Result<T, StoreError> {
    receiver.recv_timeout(PATIENCE).expect("an answer")
}

fn open(options: Options) -> Store {
    let (opened, is_open) = reply();
    let store = Store::open(options, opened);
    answer(&is_open).expect("open");
    store
}

fn append(store: &Store, numbers: std::ops::Range<u64>) -> Answer<()> {
    let (reply, receiver) = reply();
    let blocks: Vec<_> = numbers.map(block).collect();
    store.append(pack(&blocks), None, reply);
    receiver
}

fn back_up(store: &Store, target: &Path) -> Answer<BackedUp> {
    let (reply, receiver) = reply();
    store.back_up(target.to_owned(), reply);
    receiver
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

/// Opens the store in a directory, and checks that it contains exactly the blocks with these numbers.
fn expect_blocks(directory: &Path, count: u64) {
    let mut database = Database::open(&options(directory)).expect("a sound store");
    assert_eq!(heads(&mut database).expect("sound").len() as u64, count);
    for number in 0..count {
        let expected = block(number);
        let found = database.read(&expected.hash).expect("sound").expect("held");
        assert_eq!((found.head, found.body), (expected.head, expected.body));
    }
    database.close().expect("closed");
}

#[test]
fn a_backup_of_a_store_contains_its_blocks_and_can_be_opened() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    answer(&append(&store, 0..500)).expect("appended");
    let target = directory.path().join("backup");
    let backed_up = answer(&back_up(&store, &target)).expect("a backup");
    assert_eq!((backed_up.appended, backed_up.held), (500, 500));
    assert_eq!(names(directory.path()), ["backup", "store"]);
    expect_blocks(&target, 500);
    // The store goes on.
    answer(&append(&store, 500..510)).expect("appended");
    drop(store);
    expect_blocks(&directory.path().join("store"), 510);
    expect_blocks(&target, 500);
}

#[test]
fn blocks_that_are_appended_during_a_backup_are_acknowledged_and_the_backup_is_a_prefix() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    answer(&append(&store, 0..4000)).expect("appended");
    let mut end = 4000;
    for round in 0..5 {
        let target = directory.path().join(format!("backup-{round}"));
        let backup = back_up(&store, &target);
        let appended: Vec<_> = (0..30)
            .map(|_| {
                end += 20;
                append(&store, end - 20..end)
            })
            .collect();
        for receiver in &appended {
            answer(receiver).expect("appended");
        }
        let backed_up = answer(&backup).expect("a backup");
        assert!(backed_up.appended <= end);
        expect_blocks(&target, backed_up.appended);
    }
    drop(store);
    expect_blocks(&directory.path().join("store"), end);
}

#[test]
fn a_backup_of_a_store_that_is_pruned_meanwhile_is_consistent() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    answer(&append(&store, 0..4000)).expect("appended");
    let target = directory.path().join("backup");
    let backup = back_up(&store, &target);
    let (pruned, is_pruned) = reply();
    let pruning = Pruning {
        dropped: (0..1999).map(|number| block(number).hash).collect(),
        trusted: vec![Trusted {
            hash: block(1999).hash,
            is_settled: true,
            record: vec![7; 100],
        }],
        state: vec![1, 2, 3],
        archive: false,
    };
    store.prune(pruning, pruned);
    answer(&is_pruned).expect("pruned");
    let backed_up = answer(&backup).expect("a backup");
    assert_eq!(backed_up.appended, 4000);
    assert!([2001, 4000].contains(&backed_up.held), "{backed_up:?}");
    let mut database = Database::open(&options(&target)).expect("a sound store");
    assert_eq!(
        heads(&mut database).expect("sound").len() as u64,
        backed_up.held
    );
}

#[test]
fn a_backup_is_refused_if_its_target_exists() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    let target = directory.path().join("backup");
    fs::write(&target, "mine").expect("written");
    let refused = answer(&back_up(&store, &target)).expect_err("refused");
    assert!(refused.to_string().contains("exists already"), "{refused}");
    assert_eq!(fs::read_to_string(&target).expect("kept"), "mine");
    assert_eq!(names(directory.path()), ["backup", "store"]);
}

#[test]
fn a_cancelled_backup_leaves_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    answer(&append(&store, 0..4000)).expect("appended");
    let (reply, receiver) = reply();
    let progress = store.back_up(directory.path().join("backup"), reply);
    progress.cancel();
    let cancelled = answer(&receiver).expect_err("cancelled");
    assert!(cancelled.to_string().contains("cancelled"), "{cancelled}");
    assert_eq!(names(directory.path()), ["store"]);
}

#[test]
fn a_backup_ends_without_a_trace_when_the_store_is_closed() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    answer(&append(&store, 0..4000)).expect("appended");
    let backup = back_up(&store, &directory.path().join("backup"));
    let (closed, is_closed) = reply();
    store.close(closed);
    answer(&is_closed).expect("closed");
    // The answer arrives before the store is closed, whether the backup was complete or not.
    match backup.try_recv().expect("an answer") {
        Ok(_) => expect_blocks(&directory.path().join("backup"), 4000),
        Err(_) => assert_eq!(names(directory.path()), ["store"]),
    }
}

#[test]
fn a_second_backup_is_refused_while_one_is_running() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    answer(&append(&store, 0..4000)).expect("appended");
    let first = back_up(&store, &directory.path().join("first"));
    let second = back_up(&store, &directory.path().join("second"));
    let refused = answer(&second).expect_err("refused");
    assert!(refused.to_string().contains("already running"), "{refused}");
    answer(&first).expect("a backup");
    answer(&back_up(&store, &directory.path().join("third"))).expect("a backup");
    assert_eq!(names(directory.path()), ["first", "store", "third"]);
}

#[test]
fn a_backup_may_follow_as_soon_as_the_one_before_has_answered() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    for number in 0..100 {
        let target = directory.path().join(number.to_string());
        answer(&back_up(&store, &target)).expect("a backup");
    }
}

#[test]
fn a_backup_replaces_what_a_killed_process_has_left() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(options(&directory.path().join("store")));
    answer(&append(&store, 0..100)).expect("appended");
    let partial = directory.path().join("backup.partial");
    fs::create_dir(&partial).expect("created");
    for name in [
        "blocks.db",
        "blocks.db.new",
        "blocks.db-wal",
        "lock",
        "acknowledged",
        "reserve",
    ] {
        fs::write(partial.join(name), vec![9; 100_000]).expect("written");
    }
    let target = directory.path().join("backup");
    answer(&back_up(&store, &target)).expect("a backup");
    expect_blocks(&target, 100);
    assert_eq!(names(directory.path()), ["backup", "store"]);
}

#[test]
fn a_backup_on_a_full_disk_fails_and_leaves_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let vfs = Vfs::new();
    let store = open(Options {
        vfs: Some(vfs.name.clone()),
        ..options(&directory.path().join("store"))
    });
    answer(&append(&store, 0..4000)).expect("appended");
    // The quota is that of each directory.
    vfs.set_quota(Some(1 << 20));
    let full = answer(&back_up(&store, &directory.path().join("backup"))).expect_err("full");
    assert!(full.to_string().contains("full"), "{full}");
    assert_eq!(names(directory.path()), ["store"]);
}

#[test]
fn whole_blocks_are_read_in_batches_with_what_is_left_of_them() {
    let directory = tempfile::tempdir().expect("a directory");
    for archive in [false, true] {
        let path = directory.path().join(format!("archive-{archive}"));
        let mut database = Database::open(&options(&path)).expect("a store");
        common::append(&mut database, 0..3000).expect("appended");
        database
            .prune(&Pruning {
                dropped: (0..1000).map(|number| block(number).hash).collect(),
                trusted: vec![Trusted {
                    hash: block(1000).hash,
                    is_settled: true,
                    record: vec![7; 100],
                }],
                state: vec![1],
                archive,
            })
            .expect("pruned");
        assert_eq!(database.has_every_block(), archive);
        let mut bytes = 0;
        let mut from = Some(0);
        while let Some(number) = from {
            let (blocks, next) = database.blocks(number).expect("sound");
            bytes += blocks.as_bytes().len();
            assert!(next.is_none_or(|next| next > number));
            from = next;
        }
        let size = |number: u64| {
            let block = block(number);
            48 + block.head.len() + block.body.len()
        };
        let first = if archive { 0 } else { 1000 };
        let mut expected: usize = (first..3000).map(size).sum::<usize>() + 100;
        if !archive {
            expected -= block(1000).body.len();
        }
        assert_eq!(bytes, expected);
    }
}
