//! The database and the other files of a store. Every call is synchronous and may wait for the disk.

mod blocks;
mod open;
mod prune;
mod read;
mod rows;
mod schema;
mod verify;
mod write;

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

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

/// The chain that a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name of the network.
    pub network: String,
    /// The hash of its genesis block.
    pub genesis: Hash,
}

/// The options for opening a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of the store. It is created if it does not exist.
    pub directory: PathBuf,
    /// The chain that the store must hold. A new store is created for this chain.
    pub identity: Identity,
    /// The bytes that must stay free on the file system. With less free space, no more blocks are accepted. 0 disables
    /// the check. `None` means 64 MiB, or a twentieth of the file system if that is less.
    pub min_free: Option<u64>,
    /// The size of SQLite's page cache in memory, in bytes.
    pub cache_bytes: u64,
    /// The page size of a new database, in bytes. `None` means the size that was measured to be the best.
    pub page_bytes: Option<u32>,
    /// The name of the SQLite VFS through which files are read and written. `None` means the default VFS. Tests
    /// register one that fails.
    pub vfs: Option<String>,
}

/// A block as it was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// The head: the data that is needed to place the block in the DAG.
    pub head: Vec<u8>,
    /// The body: the contents of the block. It is empty if it was pruned.
    pub body: Vec<u8>,
}

/// The position up to which the heads have been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadCursor {
    /// The number of the next block.
    pub number: u64,
    /// The number of trusted records before it.
    pub trusted: u64,
}

/// The changes of a pruning, which drops the past of the pruning point.
#[derive(Clone, Debug, Default)]
pub struct Pruning {
    /// The blocks that are not held any more.
    pub dropped: Vec<Hash>,
    /// The blocks that are held without their past.
    pub trusted: Vec<Trusted>,
    /// The new state, see [`Database::state`].
    pub state: Vec<u8>,
    /// Whether dropped blocks and settled bodies are kept, and can still be read.
    pub archive: bool,
}

/// The space that a store uses, and the space on its file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The size of the store's files, in bytes.
    pub size: u64,
    /// The space on the file system.
    pub room: Room,
}

/// The record that changes with every transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Progress {
    /// The number of transactions so far.
    sequence: u64,
    /// The number of blocks that were ever appended.
    appended: u64,
    /// The number of blocks that are held.
    held: u64,
    /// The number of blocks that have a trusted record.
    trusted: u64,
    /// The number of ranges of pruned blocks.
    ranges: u64,
    /// The state that the chain wrote last.
    state: Option<Vec<u8>>,
}

/// The numbers of the blocks that can be read, by hash. The index is filled while the heads are read for the first
/// time. If only the last heads are read after a store was opened, the blocks before them are indexed in the background.
#[derive(Debug, Default)]
struct Index {
    numbers: HashMap<Hash, u64>,
    /// The index contains the blocks before this number.
    complete_to: u64,
    /// Whether heads were read from a later block on.
    in_background: bool,
}

/// An open store. Dropping it releases the lock and leaves the log. [`Database::close`] also copies the log into the
/// database.
#[derive(Debug)]
pub struct Database {
    /// A backup also holds it while it is running.
    connection: Rc<Connection>,
    files: Files,
    database_id: FileId,
    progress: Progress,
    pruned: Ranges,
    index: Index,
    acknowledged: Acknowledged,
    page_bytes: u64,
    min_free: u64,
    /// The bytes that were free when they were last measured, on the file system and within the file.
    available: u64,
    /// An estimate of the bytes by which the log has grown since it was last copied into the database.
    log_bytes: u64,
    /// The error after which nothing is written any more.
    refusal: Option<StoreError>,
    /// This is the last field, so that the database is closed before the lock is released.
    lock: WriterLock,
}

impl Database {
    /// Returns the number of blocks that were ever appended.
    pub fn appended(&self) -> u64 {
        self.progress.appended
    }

    /// Returns the number of blocks that are held.
    pub fn held(&self) -> u64 {
        self.progress.held
    }

    /// Returns the state that the chain wrote last with [`Database::append`] or [`Database::prune`].
    pub fn state(&self) -> Option<&[u8]> {
        self.progress.state.as_deref()
    }

    /// Returns the number of transactions so far.
    pub fn sequence(&self) -> u64 {
        self.progress.sequence
    }

    /// Returns the connection, from which a backup is made.
    pub(crate) fn connection(&self) -> Rc<Connection> {
        Rc::clone(&self.connection)
    }

    /// Returns an estimate of the size of a copy, in bytes.
    pub(crate) fn copy_size(&self) -> u64 {
        let pages = self
            .connection
            .pragma_query_value(None, "page_count", |row| row.get::<_, u64>(0));
        pages.unwrap_or(0) * self.page_bytes
    }

    /// Returns the bytes that must stay free.
    pub fn min_free(&self) -> u64 {
        self.min_free
    }

    /// Returns the bytes that were free after the last transaction, on the file system and within the file.
    pub fn available(&self) -> u64 {
        self.available
    }

    /// Returns whether an earlier failure prevents all further transactions.
    pub fn is_refusing(&self) -> bool {
        self.refusal.is_some()
    }

    /// Measures the free space. Returns [`StoreError::Full`] if this many more bytes of blocks would leave less space
    /// free than must stay free.
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

    /// Measures the store and the space on its file system.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        let room = Room::of(&self.files.directory).map_err(|error| {
            StoreError::io(
                "cannot measure the free space of",
                &self.files.directory,
                &error,
            )
        })?;
        Ok(Usage {
            size: self.files.size(),
            room,
        })
    }

    /// Copies the log into the database if there is space for it, and releases the lock.
    pub fn close(mut self) -> Result<(), StoreError> {
        // Nothing is lost if it fails: the log holds everything, and is read when the store is opened again.
        if self.is_in_place() && self.checkpoint().is_ok() {
            self.connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        }
        let Self {
            connection, lock, ..
        } = self;
        let closed = match Rc::try_unwrap(connection) {
            Ok(connection) => connection.close().map_err(|(connection, error)| {
                drop(connection);
                StoreError::from(error)
            }),
            Err(_) => Err(StoreError::failed("a backup still reads the store")),
        };
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
