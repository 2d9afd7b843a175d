//! Making a store, and opening one that is there. Whatever is refused here is left as it was found.

use std::fs::{self, File};
use std::io;
use std::path::Path;
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

/// Of the sizes from 4 to 64 KiB this takes the least CPU time over groups and single blocks of 1.4 kB; smaller pages waste
/// space, larger ones make each transaction longer.
const PAGE_BYTES: u32 = 16_384;

/// How long another opener of the same file is waited for. The lock file refuses most of them before.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);

impl Database {
    /// Opens the store in a directory, or makes one there.
    pub fn open(options: &Options) -> Result<Self, StoreError> {
        let files = Files::new(&options.directory);
        let existing = make_directory(&files.directory)?;
        files.check()?;
        let lock = WriterLock::acquire(&files)?;
        if !is_made(&files)? {
            make(&files, options)?;
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
                "the record of what was pruned does not fit that of its progress",
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
            connection,
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

/// Refuses a database that SQLite would only read: because the file may not be written, or because its header says that a
/// later SQLite wrote it, which none did.
fn require_writable(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    // Reads the header.
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

/// Whether there is a database already. Refuses what is left of one.
fn is_made(files: &Files) -> Result<bool, StoreError> {
    match fs::metadata(&files.database) {
        Ok(metadata) if metadata.len() == 0 => Err(StoreError::damaged("blocks.db is empty")),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if files.log.exists() || files.reserve.exists() {
                return Err(StoreError::damaged(
                    "blocks.db is missing beside the other files of a store",
                ));
            }
            Ok(false)
        }
        Err(error) => Err(StoreError::io("cannot look at", &files.database, &error)),
    }
}

/// Makes a database under another name and gives it its own when it is complete and flushed, so that one that is cut off
/// is never taken for a whole one.
fn make(files: &Files, options: &Options) -> Result<(), StoreError> {
    let path = &files.unfinished;
    let unfinished = ["", "-wal", "-journal"].map(|suffix| {
        let mut leftover = path.clone().into_os_string();
        leftover.push(suffix);
        leftover.into()
    });
    // The transactions of a store that was here before are no concern of the new one.
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
    // Closing would copy the log, too, but does not tell when it fails.
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
    // Only `Database::close` lets SQLite copy the log and delete it, when nothing speaks against it: a file that turns out to
    // be damaged stays as it is, and so does one whose flush failed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(32);
    if extra.contains(OpenFlags::SQLITE_OPEN_CREATE) {
        connection.pragma_update(None, "page_size", options.page_bytes.unwrap_or(PAGE_BYTES))?;
    }
    // Exclusive before the log is first used: then nothing is shared, and no file is mapped into memory.
    pragma(&connection, "locking_mode", "EXCLUSIVE", "exclusive")?;
    pragma(&connection, "journal_mode", "WAL", "wal")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS, fsync() alone leaves the data in the drive's own memory.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let cache_kib = i64::try_from(options.cache_bytes / 1024).unwrap_or(i64::MAX);
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    // The log is copied into the database after a transaction was acknowledged, not before.
    pragma(&connection, "wal_autocheckpoint", "0", "0")?;
    Ok(connection)
}

/// Sets what SQLite may refuse to set, and makes sure of it.
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

/// What the database says of itself, checked.
fn load(
    connection: &Connection,
    identity: &Identity,
) -> Result<(Progress, crate::ranges::Ranges), StoreError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id")? != APPLICATION {
        return Err(StoreError::damaged("blocks.db is not the file of a store"));
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
            "it says that its schema is {schema}"
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
