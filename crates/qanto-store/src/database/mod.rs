//! The database and the files beside it. Every call is synchronous and may wait for the disk.

mod open;
mod prune;
mod read;
mod schema;
mod verify;
mod write;

pub use read::HeadCursor;

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::acknowledged::Acknowledged;
use crate::error::StoreError;
use crate::files::{FileId, Files};
use crate::hash::Hash;
use crate::lock::WriterLock;
use crate::packed::Trusted;
use crate::ranges::Ranges;
use crate::reserve::Room;

/// Which chain a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name of the network.
    pub network: String,
    /// Hash of its genesis block.
    pub genesis: Hash,
}

/// What to open, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of the store; made when it does not exist.
    pub directory: PathBuf,
    /// The chain it must hold; a new store becomes this chain's.
    pub identity: Identity,
    /// Bytes that must stay free on the file system: below, no more blocks are taken. 0 turns the check off, `None` stands
    /// for 64 MiB or a twentieth of the file system, whichever is less.
    pub min_free: Option<u64>,
    /// Bytes of memory for SQLite's page cache.
    pub cache_bytes: u64,
    /// Bytes of a page, for a new database. `None` stands for the size that measured best.
    pub page_bytes: Option<u32>,
    /// Name of the SQLite VFS through which files are read and written; `None` stands for the operating system's own.
    /// Tests register one that fails.
    pub vfs: Option<String>,
}

/// A block as it was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// What it takes to know its place.
    pub head: Vec<u8>,
    /// Its contents; empty when they were pruned.
    pub body: Vec<u8>,
}

/// What goes and what comes when the past of the pruning point is dropped.
#[derive(Clone, Debug, Default)]
pub struct Pruning {
    /// Blocks that are not held any more.
    pub dropped: Vec<Hash>,
    /// Blocks that are held without their past.
    pub trusted: Vec<Trusted>,
    /// What [`Database::state`] is from now on.
    pub state: Vec<u8>,
    /// Keep dropped blocks and settled bodies to be read.
    pub archive: bool,
}

/// What a store takes of its file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of the store's files.
    pub size: u64,
    /// The room on the file system.
    pub room: Room,
}

/// What changes with every transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Progress {
    /// Number of transactions so far.
    sequence: u64,
    /// Number of blocks that were ever appended.
    appended: u64,
    /// Number of blocks that are held.
    held: u64,
    /// Number of blocks that are known by a trusted record.
    trusted: u64,
    /// Number of ranges in the record of what was pruned.
    ranges: u64,
    /// What the chain wrote last.
    state: Option<Vec<u8>>,
}

/// The numbers of the blocks that can be read, by hash. It is filled while the heads are read for the first time, since
/// whoever opens a store reads them all anyway.
#[derive(Debug, Default)]
struct Index {
    numbers: HashMap<Hash, u64>,
    /// Blocks from this number on are missing from it.
    complete_to: u64,
}

/// An open store. Dropping it releases the lock and leaves the log; [`Database::close`] also tidies up.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    files: Files,
    database_id: FileId,
    progress: Progress,
    pruned: Ranges,
    index: Index,
    acknowledged: Acknowledged,
    page_bytes: u64,
    min_free: u64,
    /// Bytes free as of the last look: on the file system, and in the file.
    available: u64,
    /// About how many bytes the log has grown by since it was last copied into the database.
    log_bytes: u64,
    /// Why nothing is written any more.
    refusal: Option<StoreError>,
    /// Declared last: the database is closed before the lock is released.
    lock: WriterLock,
}

impl Database {
    /// How many blocks were ever appended.
    pub fn appended(&self) -> u64 {
        self.progress.appended
    }

    /// How many blocks are held.
    pub fn held(&self) -> u64 {
        self.progress.held
    }

    /// What the chain wrote last with [`Database::append`] or [`Database::prune`].
    pub fn state(&self) -> Option<&[u8]> {
        self.progress.state.as_deref()
    }

    /// Bytes that must stay free.
    pub fn min_free(&self) -> u64 {
        self.min_free
    }

    /// Bytes that were free after the last transaction, those within the file included.
    pub fn available(&self) -> u64 {
        self.available
    }

    /// Whether a write failed in a way after which nothing more is acknowledged.
    pub fn is_refusing(&self) -> bool {
        self.refusal.is_some()
    }

    /// Looks how much room there is. Refuses with [`StoreError::Full`] when this many more bytes of blocks cannot be
    /// taken without touching what must stay free.
    pub fn admit(&mut self, bytes: u64) -> Result<(), StoreError> {
        self.refresh_available();
        if self.min_free == 0 || self.available >= self.min_free.max(bytes.saturating_mul(3)) {
            return Ok(());
        }
        Err(StoreError::Full {
            available: self.available,
            min_free: self.min_free,
        })
    }

    /// What the store takes, and what room there is.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        let room = Room::of(&self.files.directory).map_err(|error| {
            StoreError::io("cannot look at the room of", &self.files.directory, &error)
        })?;
        Ok(Usage {
            size: self.files.size(),
            room,
        })
    }

    /// Copies the log into the database where there is room for it, and releases the lock.
    pub fn close(mut self) -> Result<(), StoreError> {
        // Nothing is lost when it fails: the log holds everything, and is read at the next opening.
        if self.is_in_place() && self.checkpoint().is_ok() {
            self.connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        }
        let Self {
            connection, lock, ..
        } = self;
        let closed = connection.close().map_err(|(connection, error)| {
            drop(connection);
            StoreError::from(error)
        });
        drop(lock);
        closed
    }

    fn refresh_available(&mut self) {
        let Ok(room) = Room::of(&self.files.directory) else {
            return;
        };
        let free_pages = self
            .connection
            .prepare_cached("PRAGMA freelist_count")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, u64>(0)));
        let within_file = free_pages.unwrap_or(0) * self.page_bytes;
        self.available = room.available.saturating_add(within_file);
    }
}
