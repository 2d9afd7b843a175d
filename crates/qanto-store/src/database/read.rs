//! Reads blocks. A record that does not match its checksum is never returned.

use rusqlite::{OptionalExtension, params};

use super::{Database, HeadCursor, StoredBlock};
use crate::checksum::verify;
use crate::error::StoreError;
use crate::hash::Hash;
use crate::packed::Heads;
use crate::ranges::Fate;

/// The maximum size of a batch of heads.
const BATCH_BLOCKS: u64 = 1024;
const BATCH_BYTES: usize = 256 * 1024;

impl Database {
    /// Reads the next heads of blocks that are held, in the order in which the blocks were appended. Returns the heads,
    /// and the cursor for the next call or `None` at the end. The first call takes the default cursor.
    pub fn heads(&mut self, cursor: HeadCursor) -> Result<(Heads, Option<HeadCursor>), StoreError> {
        let (heads, next) = self.read_heads(cursor)?;
        if next.number < self.progress.appended {
            return Ok((heads, Some(next)));
        }
        if next.trusted != self.progress.trusted {
            return Err(StoreError::damaged(format!(
                "it holds {} pruning records instead of {}",
                next.trusted, self.progress.trusted
            )));
        }
        Ok((heads, None))
    }

    /// Reads and indexes the next heads. Returns them, and the position after them.
    fn read_heads(&mut self, cursor: HeadCursor) -> Result<(Heads, HeadCursor), StoreError> {
        let mut heads = Heads::default();
        let HeadCursor {
            mut number,
            mut trusted,
        } = cursor;
        number = number.min(self.progress.appended);
        let begins_in_index = number <= self.index.complete_to;
        let end = self.progress.appended.min(number + BATCH_BLOCKS);
        let mut statement = self.connection.prepare_cached(
            "SELECT number, hash, head, head_checksum FROM blocks WHERE number >= ? AND number < ? ORDER BY number",
        )?;
        let mut rows = statement.query(params![number, end])?;
        let mut trusted_statement = self.connection.prepare_cached(
            "SELECT number, record, checksum FROM trusted WHERE number >= ? AND number < ? ORDER BY number",
        )?;
        let mut trusted_rows = trusted_statement.query(params![number, end])?;
        let mut next_trusted = trusted_rows.next()?;
        while heads.as_bytes().len() < BATCH_BYTES {
            let fate = self.pruned.get(number);
            if let Some(range) = fate.filter(|range| range.fate == Fate::Deleted) {
                number = range.last + 1;
                continue;
            }
            if number >= end {
                break;
            }
            let row = rows.next()?.ok_or_else(|| missing(number))?;
            if row.get::<_, u64>(0)? != number {
                return Err(missing(number));
            }
            let fate = fate.map(|range| range.fate);
            if fate == Some(Fate::ToDelete) {
                number += 1;
                continue;
            }
            let hash = hash_of(
                row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?,
                number,
            )?;
            let head = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            verify(row.get(3)?, number, &[&hash.0, head], || {
                format!("the head of block number {number}")
            })?;
            let is_held = fate.is_none_or(|fate| !fate.is_dropped());
            if is_held {
                let record = match next_trusted {
                    Some(row) if row.get::<_, u64>(0)? == number => {
                        let record = row.get::<_, Vec<u8>>(1)?;
                        verify(row.get(2)?, number, &[&record], || {
                            format!("the pruning record of block number {number}")
                        })?;
                        next_trusted = trusted_rows.next()?;
                        trusted += 1;
                        Some(record)
                    }
                    _ => None,
                };
                heads.push(hash, head, record.as_deref());
            }
            if number >= self.index.complete_to {
                self.index.numbers.insert(hash, number);
            }
            number += 1;
        }
        // The cursor may come from an earlier opening. Then nothing before it has been indexed.
        if begins_in_index {
            self.index.complete_to = self.index.complete_to.max(number);
        } else {
            self.index.in_background = true;
        }
        Ok((heads, HeadCursor { number, trusted }))
    }

    /// Returns whether blocks have yet to be indexed in the background.
    pub fn needs_index(&self) -> bool {
        self.index.in_background && self.index.complete_to < self.progress.appended
    }

    /// Indexes the next blocks that are not indexed yet. This takes a few milliseconds.
    pub fn index_slice(&mut self) -> Result<(), StoreError> {
        let number = self.index.complete_to;
        self.read_heads(HeadCursor { number, trusted: 0 }).map(drop)
    }

    /// Returns whether a block can be read before the index is complete.
    pub fn is_indexed(&self, hash: &Hash) -> bool {
        self.index.numbers.contains_key(hash)
    }

    /// Frees the memory of the index, for a database of which no block will be read by its hash.
    pub fn forget_index(&mut self) {
        self.index.numbers.clear();
    }

    /// Reads a block that is held or archived. Returns `None` for other blocks.
    pub fn read(&mut self, hash: &Hash) -> Result<Option<StoredBlock>, StoreError> {
        if !self.is_indexed(hash) {
            self.require_index()?;
        }
        let Some(&number) = self.index.numbers.get(hash) else {
            return Ok(None);
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT hash, head, head_checksum, body_checksum, body FROM blocks WHERE number = ?",
        )?;
        let columns = statement
            .query_row([number], |row| {
                let found: Vec<u8> = row.get(0)?;
                let block = StoredBlock {
                    head: row.get(1)?,
                    body: row.get(4)?,
                };
                Ok((found, row.get(2)?, row.get(3)?, block))
            })
            .optional()?;
        let Some((found, head_checksum, body_checksum, mut block)) = columns else {
            return Err(missing(number));
        };
        if found != hash.0 {
            return Err(StoreError::damaged(format!(
                "block number {number} should be {hash}, and has another hash"
            )));
        }
        verify(head_checksum, number, &[&hash.0, &block.head], || {
            format!("the head of block number {number} ({hash})")
        })?;
        verify(body_checksum, number, &[&block.body], || {
            format!("the body of block number {number} ({hash})")
        })?;
        let is_bodiless = self
            .pruned
            .get(number)
            .is_some_and(|range| range.fate == Fate::BodyToDelete);
        if is_bodiless {
            block.body.clear();
        }
        Ok(Some(block))
    }

    /// Completes the index, by reading all heads that have not been read yet.
    pub(super) fn require_index(&mut self) -> Result<(), StoreError> {
        if self.index.complete_to >= self.progress.appended {
            return Ok(());
        }
        let mut cursor = HeadCursor::default();
        while cursor.number < self.progress.appended {
            (_, cursor) = self.read_heads(cursor)?;
        }
        Ok(())
    }

    /// Returns the number of a block that can be read.
    pub(super) fn number_of(&self, hash: &Hash) -> Result<u64, StoreError> {
        let number = self.index.numbers.get(hash).copied();
        number.ok_or_else(|| StoreError::damaged(format!("block {hash} is missing")))
    }
}

pub(super) fn missing(number: u64) -> StoreError {
    StoreError::damaged(format!("block number {number} is missing"))
}

pub(super) fn hash_of(bytes: &[u8], number: u64) -> Result<Hash, StoreError> {
    Hash::from_slice(bytes).ok_or_else(|| {
        StoreError::damaged(format!(
            "the hash of block number {number} is {} bytes long",
            bytes.len()
        ))
    })
}
