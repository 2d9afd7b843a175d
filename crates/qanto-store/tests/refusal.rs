//! Tests of stores that cannot be opened.

mod common;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

use common::{append, heads, options};
use qanto_store::{Database, Hash, Identity, Options, StoreError};
use rusqlite::Connection;

/// Creates a store with some blocks, and closes it.
fn made(directory: &Path) {
    let mut database = Database::open(&options(directory)).expect("a new store");
    append(&mut database, 0..30).expect("appended");
    database.close().expect("closed");
}

fn refusal(directory: &Path) -> StoreError {
    Database::open(&options(directory))
        .map(|_| ())
        .expect_err("the store is refused")
}

fn is_damaged(error: &StoreError) -> bool {
    matches!(error, StoreError::Damaged { .. })
}

/// Changes the database file without the store.
fn with_sqlite(directory: &Path, statements: &str) {
    let connection = Connection::open(directory.join("blocks.db")).expect("a database");
    connection.execute_batch(statements).expect("changed");
}

#[test]
fn a_second_opener_in_the_same_process_gets_an_error_that_names_this_process() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = Database::open(&options(directory.path())).expect("a new store");
    let expected = StoreError::Locked {
        pid: cfg!(unix).then(std::process::id),
        this_process: cfg!(unix),
    };
    assert_eq!(refusal(directory.path()), expected);
    // Closing another descriptor of a file releases the locks that SQLite itself takes.
    drop(fs::File::open(directory.path().join("blocks.db")).expect("a file"));
    drop(fs::File::open(directory.path().join("lock")).expect("a file"));
    assert_eq!(refusal(directory.path()), expected);
    drop(first);
    Database::open(&options(directory.path())).expect("the store is free again");
}

#[test]
fn exactly_one_of_several_racing_openers_gets_the_store() {
    for _ in 0..30 {
        let directory = tempfile::tempdir().expect("a directory");
        let barrier = Arc::new(Barrier::new(4));
        let openers: Vec<_> = (0..4)
            .map(|_| {
                let options = options(directory.path());
                let barrier = Arc::clone(&barrier);
                thread::spawn(move || {
                    barrier.wait();
                    let opened = Database::open(&options);
                    // No opener closes the store before all have tried.
                    barrier.wait();
                    opened.map(|_| ())
                })
            })
            .collect();
        let results: Vec<_> = openers
            .into_iter()
            .map(|opener| opener.join().expect("no panic"))
            .collect();
        assert_eq!(
            results.iter().filter(|result| result.is_ok()).count(),
            1,
            "{results:?}"
        );
        for error in results.into_iter().filter_map(Result::err) {
            let is_this_process = matches!(
                error,
                StoreError::Locked {
                    this_process: true,
                    ..
                }
            );
            assert!(is_this_process || cfg!(windows), "{error:?}");
        }
    }
}

#[test]
fn a_store_whose_lock_file_is_deleted_or_replaced_acknowledges_no_further_transaction() {
    for replacement in [None, Some("1\n")] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut database = Database::open(&options(directory.path())).expect("a new store");
        append(&mut database, 0..3).expect("appended");
        let lock = directory.path().join("lock");
        fs::remove_file(&lock).expect("deleted");
        if let Some(content) = replacement {
            fs::write(&lock, content).expect("replaced");
        }
        assert!(matches!(
            append(&mut database, 3..4),
            Err(StoreError::Failed { .. })
        ));
        assert!(database.is_refusing());
    }
}

#[test]
fn a_store_whose_directory_another_store_took_does_not_touch_the_others_log() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = directory.path().join("store");
    let mut database = Database::open(&options(&store)).expect("a new store");
    append(&mut database, 0..3).expect("appended");
    fs::rename(&store, directory.path().join("moved")).expect("moved");
    let mut other = Database::open(&options(&store)).expect("another store");
    append(&mut other, 100..140).expect("appended");
    database.close().expect("closed");
    // This leaves the files as a kill would.
    drop(other);
    let mut other = Database::open(&options(&store)).expect("the other store");
    assert_eq!(heads(&mut other).expect("sound").len(), 40);
    let mut moved = Database::open(&options(&directory.path().join("moved"))).expect("the store");
    assert_eq!(heads(&mut moved).expect("sound").len(), 3);
}

#[cfg(unix)]
#[test]
fn a_store_with_a_fifo_or_a_directory_in_place_of_a_file_is_refused_without_waiting() {
    for name in [
        "blocks.db",
        "blocks.db-wal",
        "lock",
        "reserve",
        "acknowledged",
    ] {
        for is_fifo in [false, true] {
            let directory = tempfile::tempdir().expect("a directory");
            made(directory.path());
            let path = directory.path().join(name);
            let _ = fs::remove_file(&path);
            if is_fifo {
                let made = std::process::Command::new("mkfifo").arg(&path).status();
                assert!(made.expect("mkfifo runs").success());
            } else {
                fs::create_dir(&path).expect("a directory");
            }
            let error = refusal(directory.path());
            assert!(
                error.to_string().contains("is not a regular file"),
                "{name}: {error}"
            );
        }
    }
}

#[test]
fn a_directory_of_an_older_version_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("blocks.mdb"), "old").expect("written");
    let file = "blocks.mdb".to_owned();
    assert_eq!(refusal(directory.path()), StoreError::SchemaTooOld { file });
    assert_eq!(
        fs::read_dir(directory.path()).expect("the files").count(),
        1
    );
}

#[test]
fn an_empty_database_file_is_reported_as_damage() {
    let directory = tempfile::tempdir().expect("a directory");
    made(directory.path());
    fs::write(directory.path().join("blocks.db"), "").expect("emptied");
    assert!(is_damaged(&refusal(directory.path())));
}

#[test]
fn a_missing_database_next_to_a_reserve_or_a_log_is_reported_as_damage() {
    for name in ["reserve", "blocks.db-wal"] {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join(name), "").expect("written");
        assert!(is_damaged(&refusal(directory.path())), "{name}");
        assert!(!directory.path().join("blocks.db").exists());
    }
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_not_changed() {
    let directory = tempfile::tempdir().expect("a directory");
    made(directory.path());
    with_sqlite(directory.path(), "PRAGMA user_version = 2");
    let before = fs::read(directory.path().join("blocks.db")).expect("read");
    assert_eq!(
        refusal(directory.path()),
        StoreError::SchemaTooNew {
            found: 2,
            supported: 1
        }
    );
    assert!(fs::read(directory.path().join("blocks.db")).expect("read") == before);
}

#[test]
fn a_store_of_another_network_or_genesis_is_refused_with_an_error_that_names_it() {
    let directory = tempfile::tempdir().expect("a directory");
    made(directory.path());
    let Identity { network, genesis } = common::identity();
    for other in [
        Identity {
            network: "other".to_owned(),
            genesis,
        },
        Identity {
            network: network.clone(),
            genesis: Hash([1; 32]),
        },
    ] {
        let options = Options {
            identity: other,
            ..options(directory.path())
        };
        let error = Database::open(&options).map(|_| ()).expect_err("refused");
        assert_eq!(
            error,
            StoreError::WrongNetwork {
                network: network.clone(),
                genesis
            }
        );
    }
    Database::open(&options(directory.path())).expect("the right one opens");
}

#[test]
fn a_file_of_another_application_or_another_format_is_reported_as_damage() {
    let directory = tempfile::tempdir().expect("a directory");
    with_sqlite(directory.path(), "CREATE TABLE notes (text)");
    assert!(is_damaged(&refusal(directory.path())));
    fs::write(directory.path().join("blocks.db"), vec![b'x'; 10_000]).expect("written");
    assert!(is_damaged(&refusal(directory.path())));
}

#[test]
fn a_store_with_a_missing_row_is_reported_as_damaged() {
    let source = tempfile::tempdir().expect("a directory");
    let (model, files) = common::states::states()
        .into_iter()
        .find(|state| state.name.contains("deletion"))
        .map(|state| (state.model, state.files))
        .expect("a state");
    common::states::write_files(source.path(), &files);
    // All transactions are copied into the database file.
    with_sqlite(source.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let files = common::states::read_files(source.path());
    for (table, key) in [
        ("identity", "id"),
        ("progress", "id"),
        ("pruned", "first"),
        ("trusted", "number"),
        ("blocks", "number"),
    ] {
        let keys: Vec<i64> = {
            let connection = Connection::open(source.path().join("blocks.db")).expect("a database");
            let mut statement = connection
                .prepare(&format!("SELECT {key} FROM {table}"))
                .expect("prepared");
            let rows = statement.query_map([], |row| row.get(0)).expect("rows");
            rows.map(|row| row.expect("a row")).collect()
        };
        for number in keys.iter().step_by(if table == "blocks" { 17 } else { 3 }) {
            let directory = tempfile::tempdir().expect("a directory");
            common::states::write_files(directory.path(), &files);
            with_sqlite(
                directory.path(),
                &format!("DELETE FROM {table} WHERE {key} = {number}"),
            );
            let checked = Database::open(&options(directory.path()))
                .and_then(|mut database| model.check(&mut database));
            assert!(
                matches!(checked, Err(StoreError::Damaged { .. })),
                "{table} {number}: {checked:?}"
            );
        }
    }
}
