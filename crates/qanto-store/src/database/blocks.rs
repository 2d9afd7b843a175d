//! Reads whole blocks in the order in which they were appended, a batch at a time.

use super::Database;
use super::rows::{BATCH_BLOCKS, BATCH_BYTES, Columns, record_of, walk};
use crate::error::StoreError;
use crate::packed::{WholeBlock, WholeBlocks};
use crate::ranges::Fate;

impl Database {
    /// Reads the blocks that can be read, from number `from` on: those that are held, and those that are archived. Returns a
    /// batch of them, and the number at which the next batch begins or `None` at the end.
    pub fn blocks(&self, from: u64) -> Result<(WholeBlocks, Option<u64>), StoreError> {
        let mut blocks = WholeBlocks::default();
        let appended = self.progress.appended;
        let from = from.min(appended);
        let end = appended.min(from.saturating_add(BATCH_BLOCKS));
        let (connection, columns) = (&self.connection, Columns::HeadAndBody);
        let number = walk(connection, &self.pruned, from, end, columns, |row| {
            if row.fate == Some(Fate::ToDelete) {
                return Ok(true);
            }
            let (head, body) = (row.head()?, row.body()?);
            let is_held = row.fate != Some(Fate::Archived);
            let record = if is_held && self.progress.trusted > 0 {
                record_of(connection, row.number)?
            } else {
                None
            };
            blocks.push(&WholeBlock {
                hash: row.hash()?,
                is_held,
                head,
                body: if row.fate == Some(Fate::BodyToDelete) {
                    &[]
                } else {
                    body
                },
                record: record.as_deref(),
            });
            Ok(blocks.as_bytes().len() < BATCH_BYTES)
        })?;
        Ok((blocks, (number < appended).then_some(number)))
    }

    /// Returns whether [`Database::blocks`] reads every block that was ever appended.
    pub fn has_every_block(&self) -> bool {
        self.pruned
            .iter()
            .all(|range| matches!(range.fate, Fate::Archived | Fate::BodyToDelete))
    }
}
