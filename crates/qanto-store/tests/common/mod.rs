//! Blocks, stores and helpers for the tests.
#![allow(dead_code, missing_docs)]

#[cfg(unix)]
pub mod disk;
pub mod model;
pub mod random;
pub mod states;
#[cfg(unix)]
pub mod vfs;
#[cfg(unix)]
mod vfs_file;
#[cfg(unix)]
mod vfs_state;

use std::path::Path;
use std::time::Duration;

use qanto_store::{BlockRef, Blocks, Database, Hash, HeadCursor, Identity, Options, StoreError};

/// The time after which a failing test ends instead of hanging. A passing test never takes this long, however busy the
/// machine is.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn identity() -> Identity {
    Identity {
        network: "test".to_owned(),
        genesis: Hash([0xaa; 32]),
    }
}

pub fn options(directory: &Path) -> Options {
    Options {
        directory: directory.to_owned(),
        identity: identity(),
        min_free: Some(0),
        cache_bytes: 4 << 20,
        page_bytes: None,
        vfs: None,
    }
}

/// A block whose hash, head and body depend on a number.
pub struct TestBlock {
    pub hash: Hash,
    pub head: Vec<u8>,
    pub body: Vec<u8>,
}

pub fn block(number: u64) -> TestBlock {
    block_of(number, 100 + (number % 7) as usize * 400)
}

pub fn block_of(number: u64, body_length: usize) -> TestBlock {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    hash[24..].copy_from_slice(&number.to_be_bytes());
    let bytes = |length: usize, salt: u64| {
        (0..length as u64)
            .map(|index| ((index + number + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
            .collect()
    };
    TestBlock {
        hash: Hash(hash),
        head: bytes(200 + (number % 5) as usize * 32, 1),
        body: bytes(body_length, 2),
    }
}

pub fn pack(blocks: &[TestBlock]) -> Blocks {
    Blocks::pack(blocks.iter().map(|block| BlockRef {
        hash: block.hash,
        head: &block.head,
        body: &block.body,
    }))
}

pub fn append(database: &mut Database, numbers: std::ops::Range<u64>) -> Result<(), StoreError> {
    let blocks: Vec<_> = numbers.map(block).collect();
    database.append(&[(&pack(&blocks), None)])
}

/// The hash and the trusted record of a head.
pub type Known = (Hash, Option<Vec<u8>>);

/// Reads the hashes and trusted records of all heads.
pub fn heads(database: &mut Database) -> Result<Vec<Known>, StoreError> {
    let mut all = Vec::new();
    let mut cursor = HeadCursor::default();
    loop {
        let (heads, next) = database.heads(cursor)?;
        all.extend(
            heads
                .iter()
                .map(|(hash, _, trusted)| (hash, trusted.map(<[u8]>::to_vec))),
        );
        match next {
            Some(next) => cursor = next,
            None => return Ok(all),
        }
    }
}

/// Verifies the checksum of every record.
pub fn verify(database: &Database) -> Result<(), StoreError> {
    let mut next = Some(0);
    while let Some(from) = next {
        next = database.verify_slice(from)?;
    }
    Ok(())
}
