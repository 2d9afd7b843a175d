//! A durable store of blocks. A block is opaque bytes. Blocks are numbered in the order in which they are appended, and
//! are found by their hashes.
//!
//! The store keeps the blocks in an SQLite database. It survives power losses and full disks, and never returns wrong
//! data, since every record has a checksum.
//!
//! [`Database`] does the work synchronously. [`Store`] owns a database on a thread of its own and answers through
//! callbacks, so that the caller never waits for a disk. docs/store.md describes the files.

mod acknowledged;
mod backup;
mod checksum;
mod database;
mod error;
mod files;
mod hash;
mod lock;
mod packed;
mod ranges;
mod reserve;
mod store;
mod sync;

pub use backup::{BackedUp, BackupProgress};
pub use database::{Database, HeadCursor, Identity, Options, Pruning, StoredBlock, Usage};
pub use error::StoreError;
pub use hash::Hash;
pub use packed::{BlockRef, Blocks, Heads, Trusted, WholeBlock, WholeBlocks, parse_hashes};
pub use reserve::Room;
pub use store::{BlockBatch, Opened, Reply, Store};
