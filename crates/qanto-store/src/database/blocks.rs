//! Reads whole blocks in the order in which they were appended, a batch at a time.

use rusqlite::params;

use super::Database;
use super::read::{hash_of, missing};
use crate::checksum::verify;
use crate::error::StoreError;
use crate::packed::{WholeBlock, WholeBlocks};
use crate::ranges::Fate;

/// The maximum size of a batch. A batch has at least one block, whatever its size.
const BATCH_BLOCKS: u64 = 1024;
const BATCH_BYTES: usize = 256 * 1024;

impl Database {
    /// Reads the blocks that can be read, from number `from` on: those that are held, and those that are archived. Returns a
    /// batch of them, and the number at which the next batch begins or `None` at the end.
    pub fn blocks(&self, from: u64) -> Result<(WholeBlocks, Option<u64>), StoreError> {
        let mut blocks = WholeBlocks::default();
        let mut number = from.min(self.progress.appended);
        let end = self
            .progress
            .appended
            .min(number.saturating_add(BATCH_BLOCKS));
        let mut statement = self.connection.prepare_cached(
            "SELECT number, hash, head, head_checksum, body_checksum, body FROM blocks WHERE number >= ? AND number < ? ORDER BY number",
        )?;
        let mut rows = statement.query(params![number, end])?;
        let mut record_statement = self
            .connection
            .prepare_cached("SELECT record, checksum FROM trusted WHERE number = ?")?;
        while blocks.as_bytes().len() < BATCH_BYTES {
            let range = self.pruned.get(number);
            if let Some(range) = range.filter(|range| range.fate == Fate::Deleted) {
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
            let fate = range.map(|range| range.fate);
            if fate == Some(Fate::ToDelete) {
                number += 1;
                continue;
            }
            let blob = |column| {
                let value = row.get_ref(column)?;
                value.as_blob().map_err(rusqlite::Error::from)
            };
            let (hash, head, body) = (hash_of(blob(1)?, number)?, blob(2)?, blob(5)?);
            verify(row.get(3)?, number, &[&hash.0, head], || {
                format!("the head of block number {number}")
            })?;
            verify(row.get(4)?, number, &[body], || {
                format!("the body of block number {number}")
            })?;
            let is_held = fate != Some(Fate::Archived);
            let record = if is_held && self.progress.trusted > 0 {
                let mut records = record_statement.query([number])?;
                match records.next()? {
                    Some(row) => {
                        let record: Vec<u8> = row.get(0)?;
                        verify(row.get(1)?, number, &[&record], || {
                            format!("the pruning record of block number {number}")
                        })?;
                        Some(record)
                    }
                    None => None,
                }
            } else {
                None
            };
            blocks.push(&WholeBlock {
                hash,
                is_held,
                head,
                body: if fate == Some(Fate::BodyToDelete) {
                    &[]
                } else {
                    body
                },
                record: record.as_deref(),
            });
            number += 1;
        }
        Ok((blocks, (number < self.progress.appended).then_some(number)))
    }

    /// Returns whether [`Database::blocks`] reads every block that was ever appended.
    pub fn has_every_block(&self) -> bool {
        self.pruned
            .iter()
            .all(|range| matches!(range.fate, Fate::Archived | Fate::BodyToDelete))
    }
}
