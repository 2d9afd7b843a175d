//! Transactions. A transaction is acknowledged after it was flushed, if the file that was written is still the store's.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::schema::write_progress;
use super::{Database, Progress};
use crate::checksum::checksum;
use crate::error::{StoreError, is_failed_flush};
use crate::files::FileId;
use crate::packed::Blocks;
use crate::reserve::SHORT_BYTES;

/// The log is copied into the database when it has grown by this number of bytes.
const CHECKPOINT_BYTES: u64 = 4 << 20;

/// Estimates of what a transaction adds to the log in addition to its blocks, and a block in addition to its bytes.
const TRANSACTION_BYTES: u64 = 3 * 16_384;
const BLOCK_BYTES: u64 = 128;

/// Blocks to be appended, and the state of the chain after them.
pub type Append<'a> = (&'a Blocks, Option<&'a [u8]>);

impl Database {
    /// Appends the blocks of all groups in this order, all or none. They are durable when this returns. Returns an
    /// error if one of the blocks is in the store already, or occurs twice. While the index is completed in the
    /// background, blocks that are not indexed yet are not compared: the caller has to know them.
    pub fn append(&mut self, groups: &[Append<'_>]) -> Result<(), StoreError> {
        if !self.index.in_background {
            self.require_index()?;
        }
        let mut hashes = HashSet::new();
        for block in groups.iter().flat_map(|(blocks, _)| blocks.iter()) {
            if self.index.numbers.contains_key(&block.hash) || !hashes.insert(block.hash) {
                let hash = block.hash;
                return Err(StoreError::failed(format!(
                    "block {hash} is in the store already"
                )));
            }
        }
        let first = self.progress.appended;
        let mut progress = self.progress.clone();
        let mut bytes = 0;
        self.transact(|connection| {
            let mut insert =
                connection.prepare_cached("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)")?;
            for (blocks, state) in groups {
                for block in blocks.iter() {
                    let number = progress.appended;
                    insert.execute(params![
                        number,
                        block.hash.0,
                        block.head,
                        checksum(number, &[&block.hash.0, block.head]),
                        checksum(number, &[block.body]),
                        block.body
                    ])?;
                    progress.appended += 1;
                    progress.held += 1;
                    bytes += BLOCK_BYTES + (block.head.len() + block.body.len()) as u64;
                }
                if let Some(state) = state {
                    progress.state = Some(state.to_vec());
                }
            }
            Ok(progress)
        })?;
        self.log_bytes += bytes;
        let blocks = groups.iter().flat_map(|(blocks, _)| blocks.iter());
        for (number, block) in (first..).zip(blocks) {
            self.index.numbers.insert(block.hash, number);
        }
        if self.index.complete_to == first {
            self.index.complete_to = self.progress.appended;
        }
        Ok(())
    }

    /// Returns whether the log has grown so much that it should be copied into the database.
    pub fn needs_checkpoint(&self) -> bool {
        // If space is short, the database must grow at once, since the disk may be full later.
        let is_short = self.available < self.min_free.max(SHORT_BYTES);
        let enough = if is_short { 1 } else { CHECKPOINT_BYTES };
        self.log_bytes >= enough && self.refusal.is_none()
    }

    /// Copies the log into the database, so that the log can restart.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.require_writable()?;
        // This is reset even if the copy fails, so that the next attempt is made after the next transaction.
        self.log_bytes = 0;
        let copied = self
            .connection
            .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
            .and_then(|mut statement| statement.query_row([], |_| Ok(())));
        copied.map_err(|error| self.refused(error))
    }

    /// Runs the change in a transaction. `change` returns the new progress, except for its sequence number, which is
    /// set here.
    pub(super) fn transact(
        &mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<Progress>,
    ) -> Result<(), StoreError> {
        self.require_writable()?;
        let written = write(&self.connection, self.progress.sequence + 1, change);
        let progress = match written {
            Ok(progress) => progress,
            Err(error) => {
                if !self.connection.is_autocommit() {
                    // If this fails, SQLite has already rolled back.
                    let _ = self.connection.execute_batch("ROLLBACK");
                }
                return Err(self.refused(error));
            }
        };
        if !self.is_in_place() {
            let refusal = StoreError::failed(format!(
                "the files in {} were deleted or replaced while the store was open",
                self.files.directory.display()
            ));
            self.refusal = Some(refusal.clone());
            return Err(refusal);
        }
        // If this fails, the transaction is still durable; only damage of the log could not be detected.
        let _ = self.acknowledged.write(progress.sequence);
        self.progress = progress;
        self.log_bytes += TRANSACTION_BYTES;
        self.refresh_available();
        Ok(())
    }

    pub(super) fn require_writable(&self) -> Result<(), StoreError> {
        self.refusal.clone().map_or(Ok(()), Err)
    }

    /// Converts an error of SQLite. After a failed flush no transaction is acknowledged any more: the operating system
    /// may have dropped the pages that it could not write, and a later flush would succeed without them.
    fn refused(&mut self, error: rusqlite::Error) -> StoreError {
        let is_final = is_failed_flush(&error);
        let error = StoreError::from(error);
        if is_final {
            self.refusal = Some(error.clone());
        }
        error
    }

    /// Returns whether the open files are still those in the directory.
    pub(super) fn is_in_place(&self) -> bool {
        self.lock.is_in_place(&self.files)
            && FileId::of_path(&self.files.database).ok() == Some(self.database_id)
    }
}

fn write(
    connection: &Connection,
    sequence: u64,
    change: impl FnOnce(&Connection) -> rusqlite::Result<Progress>,
) -> rusqlite::Result<Progress> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let progress = Progress {
        sequence,
        ..change(connection)?
    };
    write_progress(connection, &progress)?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(progress)
}
