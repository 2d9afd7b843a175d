//! Walks over the rows of blocks in the order in which the blocks were appended.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::checksum::verify;
use crate::error::StoreError;
use crate::hash::Hash;
use crate::ranges::{Fate, Ranges};

/// The maximum size of a batch that is answered. A batch has at least one block, whatever its size.
pub(super) const BATCH_BLOCKS: u64 = 1024;
pub(super) const BATCH_BYTES: usize = 256 * 1024;

/// The columns that are read of each block.
#[derive(Clone, Copy)]
pub(super) enum Columns {
    Head,
    HeadAndBody,
}

/// A block that a walk has reached.
pub(super) struct BlockRow<'row> {
    pub number: u64,
    /// What is to happen to the block, if it was pruned. It is not [`Fate::Deleted`].
    pub fate: Option<Fate>,
    row: &'row Row<'row>,
}

impl BlockRow<'_> {
    /// Returns the hash, which is verified together with the head.
    pub fn hash(&self) -> Result<Hash, StoreError> {
        let bytes = self.blob(1)?;
        Hash::from_slice(bytes).ok_or_else(|| {
            StoreError::damaged(format!(
                "the hash of block number {} is {} bytes long",
                self.number,
                bytes.len()
            ))
        })
    }

    /// Returns the head, once it matches its checksum.
    pub fn head(&self) -> Result<&[u8], StoreError> {
        let head = self.blob(2)?;
        let parts = [self.blob(1)?, head];
        verify(self.row.get(3)?, self.number, &parts, || {
            format!("the head of block number {}", self.number)
        })?;
        Ok(head)
    }

    /// Returns the body, once it matches its checksum. The walk must read [`Columns::HeadAndBody`].
    pub fn body(&self) -> Result<&[u8], StoreError> {
        let body = self.blob(5)?;
        verify(self.row.get(4)?, self.number, &[body], || {
            format!("the body of block number {}", self.number)
        })?;
        Ok(body)
    }

    fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        let value = self.row.get_ref(column)?;
        Ok(value.as_blob().map_err(rusqlite::Error::from)?)
    }
}

/// Visits the blocks from number `from` to before `end` that are not deleted, until `visit` returns `false`. Returns the number at
/// which the walk ended, and an error if a block is missing.
pub(super) fn walk(
    connection: &Connection,
    pruned: &Ranges,
    from: u64,
    end: u64,
    columns: Columns,
    mut visit: impl FnMut(&BlockRow<'_>) -> Result<bool, StoreError>,
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(match columns {
        Columns::Head => {
            "SELECT number, hash, head, head_checksum FROM blocks WHERE number >= ? AND number < ? ORDER BY number"
        }
        Columns::HeadAndBody => {
            "SELECT number, hash, head, head_checksum, body_checksum, body FROM blocks WHERE number >= ? AND number < ? ORDER BY number"
        }
    })?;
    let mut rows = statement.query(params![from, end])?;
    let mut number = from;
    loop {
        let range = pruned.get(number);
        if let Some(range) = range.filter(|range| range.fate == Fate::Deleted) {
            number = range.last + 1;
            continue;
        }
        if number >= end {
            return Ok(number);
        }
        let row = rows.next()?.ok_or_else(|| missing(number))?;
        if row.get::<_, u64>(0)? != number {
            return Err(missing(number));
        }
        let fate = range.map(|range| range.fate);
        let goes_on = visit(&BlockRow { number, fate, row })?;
        number += 1;
        if !goes_on {
            return Ok(number);
        }
    }
}

/// Reads the pruning record of a block, if it has one.
pub(super) fn record_of(
    connection: &Connection,
    number: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT record, checksum FROM trusted WHERE number = ?")?;
    let found = statement
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((record, checksum)): Option<(Vec<u8>, i64)> = found else {
        return Ok(None);
    };
    verify(checksum, number, &[&record], || {
        format!("the pruning record of block number {number}")
    })?;
    Ok(Some(record))
}

pub(super) fn missing(number: u64) -> StoreError {
    StoreError::damaged(format!("block number {number} is missing"))
}
