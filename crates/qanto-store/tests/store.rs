//! Tests of a store on a thread of its own. Every call must be answered exactly once, whatever happens.
#![cfg(unix)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};

use common::vfs::{Call, Fault, Vfs};
use common::{PATIENCE, block, options, pack};
use qanto_store::{
    Blocks, Database, HeadCursor, Opened, Options, Pruning, Reply, Store, StoreError,
};

type Answer<T> = Receiver<Result<T, StoreError>>;

/// Returns a reply, and the channel that receives its answer.
fn reply<T: Send + 'static>() -> (Reply<T>, Answer<T>) {
    let (sender, receiver) = channel();
    (
        Reply::new(move |answer| sender.send(answer).unwrap_or_default()),
        receiver,
    )
}

/// Returns the answer, which must be the only one.
fn answer<T: std::fmt::Debug>(receiver: &Answer<T>) -> Result<T, StoreError> {
    let answer = receiver.recv_timeout(PATIENCE).expect("an answer");
    // The sender is dropped with the reply.
    let another = receiver.recv_timeout(PATIENCE);
    assert_eq!(another.err(), Some(RecvTimeoutError::Disconnected));
    answer
}

fn not_open<T>() -> Result<T, StoreError> {
    Err(StoreError::failed("the store is not open"))
}

fn blocks(numbers: std::ops::Range<u64>) -> Blocks {
    pack(&numbers.map(block).collect::<Vec<_>>())
}

/// Opens a store whose thread waits, after it has opened, until the sender is dropped.
fn open_held(options: Options) -> (Store, Sender<()>, Answer<Opened>) {
    let (hold, held) = channel::<()>();
    let (sender, opened) = channel();
    let store = Store::open(
        options,
        Reply::new(move |answer| {
            sender.send(answer).unwrap_or_default();
            drop(sender);
            let _ = held.recv();
        }),
    );
    (store, hold, opened)
}

fn append(store: &Store, numbers: std::ops::Range<u64>) -> Answer<()> {
    let (reply, receiver) = reply();
    store.append(blocks(numbers), None, reply);
    receiver
}

fn close(store: &Store) -> Result<(), StoreError> {
    let (reply, receiver) = reply();
    store.close(reply);
    answer(&receiver)
}

#[test]
fn appends_that_wait_share_a_transaction() {
    let directory = tempfile::tempdir().expect("a directory");
    let vfs = Vfs::new();
    let options = Options {
        vfs: Some(vfs.name.clone()),
        ..options(directory.path())
    };
    let (store, hold, opened) = open_held(options);
    answer(&opened).expect("open");
    let answers: Vec<_> = (0..100)
        .map(|number| append(&store, number * 3..number * 3 + 3))
        .collect();
    let before = vfs.syncs();
    drop(hold);
    for answer_to_one in &answers {
        answer(answer_to_one).expect("appended");
    }
    // One flush is for the log's header, and one for the transaction.
    let syncs = vfs.syncs() - before;
    assert!(syncs <= 2, "{syncs} flushes for 100 appends");
    close(&store).expect("closed");
    let mut database = Database::open(&common::options(directory.path())).expect("the store");
    assert_eq!(common::heads(&mut database).expect("sound").len(), 300);
}

#[test]
fn calls_before_a_store_is_open_are_answered() {
    let directory = tempfile::tempdir().expect("a directory");
    let (opened, is_open) = reply();
    let store = Store::open(options(directory.path()), opened);
    let appended = append(&store, 0..5);
    let (read, found) = reply();
    store.read(block(3).hash, read);
    let (heads, found_heads) = reply();
    store.heads(None, heads);
    assert_eq!(
        answer(&is_open),
        Ok(Opened {
            appended: 0,
            state: None
        })
    );
    assert_eq!(answer(&appended), Ok(()));
    assert_eq!(
        answer(&found).expect("read").expect("held").body,
        block(3).body
    );
    assert_eq!(answer(&found_heads).expect("heads").0.len(), 5);
}

#[test]
fn calls_to_a_store_that_cannot_be_opened_are_answered() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("blocks.db"), "").expect("written");
    let (opened, is_open) = reply();
    let store = Store::open(options(directory.path()), opened);
    let appended = append(&store, 0..5);
    assert!(matches!(answer(&is_open), Err(StoreError::Damaged { .. })));
    assert_eq!(answer(&appended), not_open());
    assert_eq!(answer(&append(&store, 0..5)), not_open());
    assert_eq!(close(&store), not_open());
}

#[test]
fn calls_to_a_closed_store_are_answered_with_the_error_that_it_is_not_open() {
    let directory = tempfile::tempdir().expect("a directory");
    let (opened, is_open) = reply();
    let store = Store::open(options(directory.path()), opened);
    let appended = append(&store, 0..5);
    assert_eq!(close(&store), Ok(()));
    assert!(answer(&is_open).is_ok());
    assert_eq!(answer(&appended), Ok(()));
    assert_eq!(answer(&append(&store, 5..6)), not_open());
    let (admitted, is_admitted) = reply();
    store.admit(1, admitted);
    assert_eq!(answer(&is_admitted), not_open());
    assert_eq!(close(&store), not_open());
    Database::open(&options(directory.path())).expect("the store is free again");
}

#[test]
fn a_store_that_is_dropped_finishes_the_earlier_calls_and_closes() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, hold, opened) = open_held(options(directory.path()));
    let answers: Vec<_> = (0..20)
        .map(|number| append(&store, number..number + 1))
        .collect();
    let (verify, verified) = reply();
    store.verify(verify);
    drop(hold);
    drop(store);
    answer(&opened).expect("it was open");
    for answer_to_one in &answers {
        assert_eq!(answer(answer_to_one), Ok(()));
    }
    // The verification may or may not have finished.
    let verified = answer(&verified);
    assert!(verified.is_ok() || verified == not_open(), "{verified:?}");
    assert!(
        !directory.path().join("blocks.db-wal").exists(),
        "it was closed"
    );
    let database = Database::open(&options(directory.path())).expect("the store");
    assert_eq!(database.appended(), 20);
}

#[test]
fn a_store_may_be_dropped_by_its_own_reply() {
    let directory = tempfile::tempdir().expect("a directory");
    let (opened, is_open) = reply();
    let store = Arc::new(Mutex::new(Some(Store::open(
        options(directory.path()),
        opened,
    ))));
    answer(&is_open).expect("open");
    let (sender, dropped) = channel();
    let (shared, taken) = (Arc::clone(&store), Arc::clone(&store));
    let owner = taken.lock().expect("the store");
    owner.as_ref().expect("the store").append(
        blocks(0..1),
        None,
        Reply::new(move |answer| {
            drop(shared.lock().expect("the store").take());
            sender.send(answer).unwrap_or_default();
        }),
    );
    drop(owner);
    assert_eq!(answer(&dropped), Ok(()));
}

#[test]
fn every_call_after_a_failed_flush_is_answered_once_and_nothing_is_acknowledged() {
    let directory = tempfile::tempdir().expect("a directory");
    let vfs = Vfs::new();
    let options = Options {
        vfs: Some(vfs.name.clone()),
        ..options(directory.path())
    };
    let (store, hold, opened) = open_held(options);
    answer(&opened).expect("open");
    let only = Some(Call::Sync);
    vfs.set_fault(Some(Fault {
        at: 0,
        is_lasting: true,
        only,
        is_full: false,
    }));
    let failing: Vec<_> = (0..10)
        .map(|number| append(&store, number..number + 1))
        .collect();
    let (prune, pruned) = reply();
    store.prune(
        Pruning {
            state: b"pruned".to_vec(),
            ..Pruning::default()
        },
        prune,
    );
    drop(hold);
    for answer_to_one in &failing {
        assert!(matches!(
            answer(answer_to_one),
            Err(StoreError::Failed { .. })
        ));
    }
    assert!(matches!(answer(&pruned), Err(StoreError::Failed { .. })));
    assert_eq!(vfs.fired(), Some(Call::Sync));
    vfs.set_fault(None);
    // This also holds if a flush would succeed again.
    assert!(matches!(
        answer(&append(&store, 10..11)),
        Err(StoreError::Failed { .. })
    ));
    close(&store).expect("closed");
    // The blocks of the failed flush may or may not be in the store.
    let database = Database::open(&common::options(directory.path())).expect("the store");
    assert!(
        matches!(database.appended(), 0 | 10),
        "{}",
        database.appended()
    );
    assert_eq!(database.state(), None);
}

#[test]
fn a_reply_that_panics_ends_the_store_and_every_call_is_still_answered() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, hold, opened) = open_held(options(directory.path()));
    answer(&opened).expect("open");
    let answered = Arc::new(AtomicUsize::new(0));
    store.admit(
        0,
        Reply::new(|_| panic!("a reply that panics, as the test wants it")),
    );
    for number in 0..10 {
        let answered = Arc::clone(&answered);
        store.append(
            blocks(number..number + 1),
            None,
            Reply::new(move |_| {
                answered.fetch_add(1, Ordering::SeqCst);
            }),
        );
    }
    drop(hold);
    drop(store);
    assert_eq!(answered.load(Ordering::SeqCst), 10);
    Database::open(&options(directory.path())).expect("the store is free again");
}

#[test]
fn a_store_deletes_pruned_blocks_and_verifies_checksums_while_there_are_no_calls() {
    let directory = tempfile::tempdir().expect("a directory");
    let (opened, is_open) = reply();
    let store = Store::open(options(directory.path()), opened);
    answer(&is_open).expect("open");
    answer(&append(&store, 0..2000)).expect("appended");
    let (prune, pruned) = reply();
    let dropped = (0..1500).map(|number| block(number).hash).collect();
    store.prune(
        Pruning {
            dropped,
            state: Vec::new(),
            ..Pruning::default()
        },
        prune,
    );
    let (verify, verified) = reply();
    store.verify(verify);
    assert_eq!(answer(&pruned), Ok(()));
    // It waits for the deletion.
    assert_eq!(answer(&verified), Ok(()));
    close(&store).expect("closed");
    let database = Database::open(&options(directory.path())).expect("the store");
    assert!(!database.has_pending_deletion());
    assert_eq!(database.held(), 500);
}

/// Opens a store with blocks 0 to 4999, of which only the heads from `number` on are read.
fn open_and_read_from(directory: &std::path::Path, number: u64) -> Store {
    let mut database = Database::open(&options(directory)).expect("the store");
    common::append(&mut database, 0..5000).expect("appended");
    database.close().expect("closed");
    let (opened, is_open) = reply();
    let store = Store::open(options(directory), opened);
    answer(&is_open).expect("open");
    let mut cursor = Some(HeadCursor { number, trusted: 0 });
    while let Some(next) = cursor {
        let (heads, found) = reply();
        store.heads(Some(next), heads);
        (_, cursor) = answer(&found).expect("heads");
    }
    store
}

#[test]
fn every_block_can_be_read_if_only_the_last_heads_were_read_after_opening() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open_and_read_from(directory.path(), 4990);
    let reads: Vec<_> = [0, 2500, 4999, 5001, 7000]
        .into_iter()
        .map(|number| {
            let (read, found) = reply();
            store.read(block(number).hash, read);
            (number, found)
        })
        .collect();
    assert_eq!(answer(&append(&store, 5000..5003)), Ok(()));
    for (number, found) in reads {
        let body = answer(&found).expect("read").map(|found| found.body);
        // Block 5001 may be read before or after it is appended.
        if number != 5001 {
            assert_eq!(body, (number < 5000).then(|| block(number).body));
        }
    }
    let (read, found) = reply();
    store.read(block(5002).hash, read);
    assert_eq!(
        answer(&found).expect("read").expect("held").body,
        block(5002).body
    );
}

#[test]
fn a_store_can_be_pruned_if_only_the_last_heads_were_read_after_opening() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open_and_read_from(directory.path(), 4990);
    let (read, found) = reply();
    store.read(block(10_000).hash, read);
    let (prune, pruned) = reply();
    store.prune(
        Pruning {
            dropped: vec![block(7).hash],
            state: Vec::new(),
            ..Pruning::default()
        },
        prune,
    );
    assert_eq!(answer(&pruned), Ok(()));
    assert_eq!(answer(&found), Ok(None));
    let (read, found) = reply();
    store.read(block(7).hash, read);
    assert_eq!(answer(&found), Ok(None));
}

#[test]
fn reads_that_wait_for_the_index_are_answered_when_the_store_is_closed() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open_and_read_from(directory.path(), 4990);
    let (read, found) = reply();
    store.read(block(10_000).hash, read);
    assert_eq!(close(&store), Ok(()));
    let found = answer(&found);
    assert!(found == Ok(None) || found == not_open(), "{found:?}");
}
