//! A durable store of blocks: opaque bytes, numbered in the order in which they were appended and found by their hashes.
//! It keeps them in an SQLite database, survives power losses and full disks, and never gives a wrong answer: every
//! record has a checksum.
//!
//! [`Database`] does the work, synchronously. [`Store`] owns one on a thread of its own and answers through callbacks,
//! so that whoever asks never waits for a disk. docs/store.md describes the files.

mod acknowledged;
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

pub use database::{Database, HeadCursor, Identity, Options, Pruning, StoredBlock, Usage};
pub use error::StoreError;
pub use hash::Hash;
pub use packed::{BlockRef, Blocks, Heads, Trusted, parse_hashes};
pub use reserve::Room;
pub use store::{Opened, Reply, Store};
