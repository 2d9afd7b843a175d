//! Tests of what a store holds, and of what it refuses.

mod common;

use common::{append, block, block_of, heads, options, pack, verify};
use qanto_store::{Database, Hash, Pruning, StoreError, Trusted};

fn hashes(database: &mut Database) -> Vec<Hash> {
    let heads = heads(database).expect("the heads are sound");
    heads.into_iter().map(|(hash, _)| hash).collect()
}

fn prune_first(count: u64, archive: bool) -> Pruning {
    Pruning {
        dropped: (0..count)
            .filter(|number| number % 10 != 3)
            .map(|number| block(number).hash)
            .collect(),
        trusted: (0..count)
            .filter(|number| number % 10 == 3)
            .map(|number| Trusted {
                hash: block(number).hash,
                is_settled: number % 20 == 3,
                record: vec![number as u8; 50],
            })
            .collect(),
        state: b"pruned".to_vec(),
        archive,
    }
}

fn delete_all(database: &mut Database) {
    while database.has_pending_deletion() {
        database.delete_slice().expect("a slice is deleted");
    }
}

#[test]
fn a_store_that_is_opened_again_holds_what_was_appended() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = options(directory.path());
    let mut database = Database::open(&options).expect("a new store");
    for group in 0..10 {
        append(&mut database, group * 300..(group + 1) * 300).expect("appended");
    }
    database
        .append(&[(&pack(&[]), Some(b"state"))])
        .expect("a state");
    database.close().expect("closed");
    let mut database = Database::open(&options).expect("the same store");
    assert_eq!(database.appended(), 3000);
    assert_eq!(database.state(), Some(&b"state"[..]));
    assert_eq!(
        hashes(&mut database),
        (0..3000)
            .map(|number| block(number).hash)
            .collect::<Vec<_>>()
    );
    for number in [0, 1, 299, 300, 2999] {
        let expected = block(number);
        let found = database.read(&expected.hash).expect("read").expect("held");
        assert_eq!((found.head, found.body), (expected.head, expected.body));
    }
    assert_eq!(database.read(&block(3000).hash), Ok(None));
    verify(&database).expect("sound");
}

#[test]
fn a_store_that_was_not_closed_holds_everything() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = options(directory.path());
    let mut database = Database::open(&options).expect("a new store");
    append(&mut database, 0..50).expect("appended");
    let copy = tempfile::tempdir().expect("a directory");
    for entry in std::fs::read_dir(directory.path()).expect("files") {
        let entry = entry.expect("a file");
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
    }
    let mut copied = Database::open(&common::options(copy.path())).expect("the copy");
    assert_eq!(hashes(&mut copied).len(), 50);
}

#[test]
fn an_empty_and_a_large_body_are_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Database::open(&options(directory.path())).expect("a new store");
    let blocks = [block_of(1, 0), block_of(2, 1_000_000)];
    database
        .append(&[(&pack(&blocks), None)])
        .expect("appended");
    for block in blocks {
        assert_eq!(
            database
                .read(&block.hash)
                .expect("read")
                .expect("held")
                .body,
            block.body
        );
    }
}

#[test]
fn a_pruned_store_holds_the_other_blocks_before_and_after_the_rows_are_deleted() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = options(directory.path());
    let mut database = Database::open(&options).expect("a new store");
    append(&mut database, 0..2000).expect("appended");
    database.prune(&prune_first(1000, false)).expect("pruned");
    for round in 0..3 {
        let found = heads(&mut database).expect("sound");
        assert_eq!(found.len(), 1100, "round {round}");
        assert_eq!(database.held(), 1100);
        assert_eq!(found[0], (block(3).hash, Some(vec![3; 50])));
        assert_eq!(found[1100 - 1], (block(1999).hash, None));
        assert_eq!(database.read(&block(4).hash), Ok(None));
        assert_eq!(
            database
                .read(&block(23).hash)
                .expect("read")
                .expect("held")
                .body,
            b""
        );
        assert_eq!(
            database
                .read(&block(13).hash)
                .expect("read")
                .expect("held")
                .body,
            block(13).body
        );
        verify(&database).expect("sound");
        match round {
            0 => {
                // Opened again in the middle of the deletion.
                database.delete_slice().expect("a slice");
                drop(database);
                database = Database::open(&options).expect("the same store");
                assert!(database.has_pending_deletion());
            }
            _ => delete_all(&mut database),
        }
    }
    append(&mut database, 2000..2100).expect("appended");
    database.close().expect("closed");
    let mut database = Database::open(&options).expect("the same store");
    assert_eq!(hashes(&mut database).len(), 1200);
    assert_eq!(database.state(), Some(&b"pruned"[..]));
}

#[test]
fn an_archive_still_reads_the_blocks_that_it_does_not_hold() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = options(directory.path());
    let mut database = Database::open(&options).expect("a new store");
    append(&mut database, 0..200).expect("appended");
    database.prune(&prune_first(100, true)).expect("pruned");
    assert!(!database.has_pending_deletion());
    drop(database);
    let mut database = Database::open(&options).expect("the same store");
    assert_eq!(hashes(&mut database).len(), 110);
    for number in [4, 23] {
        let found = database
            .read(&block(number).hash)
            .expect("read")
            .expect("archived");
        assert_eq!(found.body, block(number).body);
    }
}

#[test]
fn a_pruning_of_a_block_that_is_not_held_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Database::open(&options(directory.path())).expect("a new store");
    append(&mut database, 0..20).expect("appended");
    let pruning = Pruning {
        dropped: vec![block(1).hash, block(99).hash],
        ..Pruning::default()
    };
    assert!(matches!(
        database.prune(&pruning),
        Err(StoreError::Damaged { .. })
    ));
    assert_eq!(hashes(&mut database).len(), 20);
}

#[test]
fn a_transaction_fails_after_the_directory_was_deleted() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Database::open(&options(directory.path())).expect("a new store");
    append(&mut database, 0..1).expect("appended");
    std::fs::remove_dir_all(directory.path()).expect("deleted");
    assert!(matches!(
        append(&mut database, 1..2),
        Err(StoreError::Failed { .. })
    ));
    assert!(matches!(
        append(&mut database, 2..3),
        Err(StoreError::Failed { .. })
    ));
}

#[test]
fn an_append_of_a_block_that_is_in_the_store_or_occurs_twice_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Database::open(&options(directory.path())).expect("a new store");
    append(&mut database, 0..20).expect("appended");
    for again in [vec![block(30), block(7)], vec![block(30), block(30)]] {
        let refused = database.append(&[(&pack(&again), None)]);
        assert!(matches!(refused, Err(StoreError::Failed { .. })));
    }
    assert_eq!(hashes(&mut database).len(), 20);
    append(&mut database, 20..40).expect("appended");
}

#[test]
fn a_pruning_that_both_drops_and_keeps_a_block_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Database::open(&options(directory.path())).expect("a new store");
    append(&mut database, 0..20).expect("appended");
    let mut pruning = prune_first(10, false);
    pruning.dropped.push(block(3).hash);
    assert!(matches!(
        database.prune(&pruning),
        Err(StoreError::Failed { .. })
    ));
    assert_eq!(hashes(&mut database).len(), 20);
}
