//! Verifies the checksums of the stored records, a few records at a time.

use rusqlite::params;

use super::Database;
use super::rows::{Columns, walk};
use crate::checksum::verify;
use crate::error::StoreError;

/// The maximum size of a slice, which takes about a millisecond.
const SLICE_BLOCKS: u64 = 256;
const SLICE_BYTES: usize = 512 * 1024;

impl Database {
    /// Verifies the checksums of a slice of records that begins at number `from`. Returns the number at which the next
    /// slice begins, or `None` at the end.
    pub fn verify_slice(&self, from: u64) -> Result<Option<u64>, StoreError> {
        let end = self
            .progress
            .appended
            .min(from.saturating_add(SLICE_BLOCKS));
        let reached = self.verify_until(from, end)?;
        Ok((reached < self.progress.appended).then_some(reached))
    }

    /// Verifies the checksums of the records from `from` to before `end`, at most a slice of them. Returns the number
    /// of the next record.
    pub(super) fn verify_until(&self, from: u64, end: u64) -> Result<u64, StoreError> {
        let mut bytes = 0;
        let columns = Columns::HeadAndBody;
        let number = walk(&self.connection, &self.pruned, from, end, columns, |row| {
            row.hash()?;
            bytes += row.head()?.len() + row.body()?.len();
            Ok(bytes < SLICE_BYTES)
        })?;
        self.verify_trusted(from, number)?;
        Ok(number)
    }

    /// Verifies the checksums of the pruning records of the blocks from `from` to before `end`.
    fn verify_trusted(&self, from: u64, end: u64) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, record, checksum FROM trusted WHERE number >= ? AND number < ?",
        )?;
        let mut rows = statement.query(params![from, end])?;
        while let Some(row) = rows.next()? {
            let number = row.get::<_, u64>(0)?;
            let record = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            verify(row.get(2)?, number, &[record], || {
                format!("the pruning record of block number {number}")
            })?;
        }
        Ok(())
    }

    /// Checks the last block, where an incomplete write would show first.
    pub(super) fn check_last_record(&self) -> Result<(), StoreError> {
        let last: Option<i64> =
            self.connection
                .query_row("SELECT max(number) FROM blocks", [], |row| row.get(0))?;
        let end = self.progress.appended;
        if last.is_some_and(|last| last < 0 || last as u64 >= end) {
            return Err(StoreError::damaged(format!(
                "only {end} blocks were appended, but it holds one with number {}",
                last.unwrap_or(0)
            )));
        }
        match end.checked_sub(1) {
            Some(last) => self.verify_slice(last).map(|_| ()),
            None => Ok(()),
        }
    }
}
