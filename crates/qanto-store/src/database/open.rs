//! Creates a store, or opens an existing one. A store that cannot be opened is not changed.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema::{
    APPLICATION, SCHEMA, TABLES, check_tables, read_identity, read_progress, read_pruned,
    write_identity, write_progress,
};
use super::{Database, Identity, Index, Options, Progress};
use crate::acknowledged::Acknowledged;
use crate::error::StoreError;
use crate::files::{FileId, Files, make_directory, sync_directories};
use crate::lock::WriterLock;
use crate::reserve::{self, Room};

/// Among the sizes from 4 to 64 KiB, this one needs the least CPU time for groups and single blocks of 1.4 kB. Smaller
/// pages waste space, and larger ones make each transaction longer.
const PAGE_BYTES: u32 = 16_384;

/// How long SQLite waits for another opener of the same file. Most other openers fail earlier, because of the lock
/// file.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);

impl Database {
    /// Opens the store in a directory, or creates one there.
    pub fn open(options: &Options) -> Result<Self, StoreError> {
        let files = Files::new(&options.directory);
        let existing = make_directory(&files.directory)?;
        files.check()?;
        let lock = WriterLock::acquire(&files)?;
        if !exists(&files)? {
            create(&files, options)?;
            sync_directories(&files.directory, &existing)?;
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error: io::Error| StoreError::io("cannot open", &path, &error)
        };
        let database_id = FileId::of_path(&files.database).map_err(failed(&files.database))?;
        let connection = connect(&files.database, options, OpenFlags::empty())?;
        require_writable(&connection, &files.database)?;
        let (progress, pruned) = load(&connection, &options.identity)?;
        if progress.appended.checked_sub(pruned.dropped()) != Some(progress.held)
            || pruned.iter().count() as u64 != progress.ranges
        {
            return Err(StoreError::damaged(
                "the records of the pruned blocks do not match the record of its progress",
            ));
        }
        let acknowledged_sequence = Acknowledged::read(&files.acknowledged);
        if acknowledged_sequence.is_some_and(|sequence| sequence > progress.sequence) {
            return Err(StoreError::damaged(format!(
                "the last {} transactions that were acknowledged are missing",
                acknowledged_sequence.unwrap_or(0) - progress.sequence
            )));
        }
        let acknowledged =
            Acknowledged::open(&files.acknowledged).map_err(failed(&files.acknowledged))?;
        let page_bytes = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let room = Room::of(&files.directory).map_err(failed(&files.directory))?;
        let min_free = options.min_free.unwrap_or_else(|| room.default_min_free());
        let mut database = Self {
            connection: Rc::new(connection),
            database_id,
            progress,
            pruned,
            index: Index::default(),
            acknowledged,
            page_bytes,
            min_free,
            available: room.available,
            log_bytes: 0,
            refusal: None,
            files,
            lock,
        };
        database.check_last_record()?;
        let _ = database.acknowledged.write(database.progress.sequence);
        reserve::refill(&database.files.reserve, room, min_free);
        database.refresh_available();
        Ok(database)
    }
}

/// Returns an error if SQLite has opened the database read-only. The reason may be the permissions of the file, or a
/// damaged header according to which a later version of SQLite wrote the file.
fn require_writable(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    // This reads the header.
    connection.pragma_query_value(None, "schema_version", |_| Ok(()))?;
    if !connection.is_readonly("main")? {
        return Ok(());
    }
    match File::options().write(true).open(path) {
        Ok(_) => Err(StoreError::damaged(
            "the header of blocks.db does not allow writing",
        )),
        Err(error) => Err(StoreError::io("cannot write", path, &error)),
    }
}

/// Returns whether the database exists. Returns an error if only parts of a store exist.
fn exists(files: &Files) -> Result<bool, StoreError> {
    match fs::metadata(&files.database) {
        Ok(metadata) if metadata.len() == 0 => Err(StoreError::damaged("blocks.db is empty")),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if files.log.exists() || files.reserve.exists() {
                return Err(StoreError::damaged(
                    "blocks.db is missing, but other files of a store exist",
                ));
            }
            Ok(false)
        }
        Err(error) => Err(StoreError::io(
            "cannot read the metadata of",
            &files.database,
            &error,
        )),
    }
}

/// Creates a database under a temporary name, and renames it when it is complete and flushed. Therefore an incomplete
/// database is never opened.
fn create(files: &Files, options: &Options) -> Result<(), StoreError> {
    let path = &files.unfinished;
    let unfinished = ["", "-wal", "-journal"].map(|suffix| {
        let mut leftover = path.clone().into_os_string();
        leftover.push(suffix);
        leftover.into()
    });
    // A file from an earlier store in this directory must not apply to the new one.
    for leftover in unfinished.iter().chain([&files.acknowledged]) {
        match fs::remove_file(leftover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::io("cannot delete", leftover, &error));
            }
            _ => {}
        }
    }
    let connection = connect(path, options, OpenFlags::SQLITE_OPEN_CREATE)?;
    let transaction = connection.unchecked_transaction()?;
    for table in TABLES {
        transaction.execute(table, [])?;
    }
    write_identity(&transaction, &options.identity)?;
    write_progress(&transaction, &Progress::default())?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    // Closing would copy the log, too, but does not report a failure.
    let is_busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy {
        return Err(StoreError::failed(
            "SQLite cannot copy the log into blocks.db.new",
        ));
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection
        .close()
        .map_err(|(_, error)| StoreError::from(error))?;
    File::options()
        .read(true)
        .write(true)
        .open(path)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(path, &files.database))
        .map_err(|error| StoreError::io("cannot create", &files.database, &error))
}

fn connect(path: &Path, options: &Options, extra: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
    let connection = match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    // SQLite must not copy and delete the log when the connection is closed: a damaged store must not be changed, nor
    // one whose flush failed. Only `Database::close` allows it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(32);
    if extra.contains(OpenFlags::SQLITE_OPEN_CREATE) {
        connection.pragma_update(None, "page_size", options.page_bytes.unwrap_or(PAGE_BYTES))?;
    }
    // This must be set before the log is first used. Then SQLite maps no shared file into memory.
    pragma(&connection, "locking_mode", "EXCLUSIVE", "exclusive")?;
    pragma(&connection, "journal_mode", "WAL", "wal")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS, fsync() alone leaves the data in the cache of the drive.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let cache_kib = i64::try_from(options.cache_bytes / 1024).unwrap_or(i64::MAX);
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    // The log is copied into the database between transactions, and not while a caller waits.
    pragma(&connection, "wal_autocheckpoint", "0", "0")?;
    Ok(connection)
}

/// Sets a pragma that SQLite may refuse to change, and checks the result.
fn pragma(
    connection: &Connection,
    name: &str,
    value: &str,
    expected: &str,
) -> Result<(), StoreError> {
    let found: String = connection.query_row(&format!("PRAGMA {name} = {value}"), [], |row| {
        row.get::<_, rusqlite::types::Value>(0)
            .map(|found| match found {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                _ => String::new(),
            })
    })?;
    if found == expected {
        return Ok(());
    }
    Err(StoreError::failed(format!(
        "SQLite leaves {name} at {found} instead of {expected}"
    )))
}

/// Reads and checks the records about the whole database.
fn load(
    connection: &Connection,
    identity: &Identity,
) -> Result<(Progress, crate::ranges::Ranges), StoreError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id")? != APPLICATION {
        return Err(StoreError::damaged(
            "blocks.db is not the database of a store",
        ));
    }
    let schema = number("user_version")?;
    if schema > SCHEMA {
        return Err(StoreError::SchemaTooNew {
            found: schema,
            supported: SCHEMA,
        });
    }
    if schema != SCHEMA {
        return Err(StoreError::damaged(format!(
            "its schema version is {schema}, which does not exist"
        )));
    }
    check_tables(connection)?;
    let found = read_identity(connection)?;
    if found != *identity {
        return Err(StoreError::WrongNetwork {
            network: found.network,
            genesis: found.genesis,
        });
    }
    Ok((read_progress(connection)?, read_pruned(connection)?))
}
