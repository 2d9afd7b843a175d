//! Reads blocks. A record that does not match its checksum is never returned.

use rusqlite::OptionalExtension;

use super::rows::{BATCH_BLOCKS, BATCH_BYTES, Columns, missing, record_of, walk};
use super::{Database, HeadCursor, StoredBlock};
use crate::checksum::verify;
use crate::error::StoreError;
use crate::hash::Hash;
use crate::packed::Heads;
use crate::ranges::Fate;

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
        let appended = self.progress.appended;
        let from = cursor.number.min(appended);
        let end = appended.min(from.saturating_add(BATCH_BLOCKS));
        let mut trusted = cursor.trusted;
        let (connection, index) = (&self.connection, &mut self.index);
        let begins_in_index = from <= index.complete_to;
        let number = walk(connection, &self.pruned, from, end, Columns::Head, |row| {
            if row.fate == Some(Fate::ToDelete) {
                return Ok(true);
            }
            let (hash, head) = (row.hash()?, row.head()?);
            let is_held = row.fate.is_none_or(|fate| !fate.is_dropped());
            if is_held {
                let record = if self.progress.trusted > 0 {
                    record_of(connection, row.number)?
                } else {
                    None
                };
                trusted += u64::from(record.is_some());
                heads.push(hash, head, record.as_deref());
            }
            if row.number >= index.complete_to {
                index.numbers.insert(hash, row.number);
            }
            Ok(heads.as_bytes().len() < BATCH_BYTES)
        })?;
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
