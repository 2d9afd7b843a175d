//! Pruning. One small transaction drops the blocks, which can then no longer be read. After that their rows are deleted
//! in slices. The deletion may be interrupted at any time, and continues when the store is opened again.

use std::collections::BTreeSet;
use std::fs;

use rusqlite::params;

use super::schema::write_pruned;
use super::{Database, Pruning};
use crate::checksum::checksum;
use crate::error::StoreError;
use crate::ranges::{Fate, Range};
use crate::reserve::{self, RESERVE_BYTES, Room, SHORT_BYTES};

/// The maximum number of rows that a slice deletes. Its transaction takes a few milliseconds.
const SLICE_BLOCKS: u64 = 256;

impl Database {
    /// Does the pruning, completely or not at all. [`Database::delete_slice`] then frees the space.
    pub fn prune(&mut self, pruning: &Pruning) -> Result<(), StoreError> {
        self.require_index()?;
        // Everything that may be refused is checked before the transaction.
        let mut dropped = BTreeSet::new();
        for hash in &pruning.dropped {
            dropped.insert(self.number_of(hash)?);
        }
        let mut trusted = Vec::with_capacity(pruning.trusted.len());
        for block in &pruning.trusted {
            let number = self.number_of(&block.hash)?;
            if dropped.contains(&number) {
                let hash = block.hash;
                return Err(StoreError::failed(format!(
                    "block {hash} is both dropped and kept"
                )));
            }
            trusted.push((number, block));
        }
        let mut pruned = self.pruned.clone();
        let fate = if pruning.archive {
            Fate::Archived
        } else {
            Fate::ToDelete
        };
        for &number in &dropped {
            pruned.assign(number, number, Some(fate));
        }
        if !pruning.archive {
            for (number, block) in &trusted {
                if block.is_settled {
                    pruned.assign(*number, *number, Some(Fate::BodyToDelete));
                }
            }
        }
        let mut progress = self.progress.clone();
        progress.state = Some(pruning.state.clone());
        progress.held = progress.appended - pruned.dropped();
        let is_short = self.give_up_reserve();
        let written = self.transact(|connection| {
            let mut delete =
                connection.prepare_cached("DELETE FROM trusted WHERE number BETWEEN ? AND ?")?;
            for (first, last) in runs(&dropped) {
                delete.execute([first, last])?;
            }
            let mut insert =
                connection.prepare_cached("INSERT OR REPLACE INTO trusted VALUES (?, ?, ?)")?;
            for (number, block) in &trusted {
                insert.execute(params![
                    number,
                    block.record,
                    checksum(*number, &[&block.record])
                ])?;
            }
            progress.trusted = connection
                .prepare_cached("SELECT count(*) FROM trusted")?
                .query_row([], |row| row.get(0))?;
            progress.ranges = write_pruned(connection, &pruned)?;
            Ok(progress)
        });
        if written.is_err() {
            self.refill_reserve();
            return written;
        }
        self.pruned = pruned;
        if is_short {
            // The database grows by the new records now, while there is space. The deletion does not make it grow
            // further, so the log can restart at any time.
            let _ = self.checkpoint();
        }
        if !pruning.archive {
            for hash in &pruning.dropped {
                self.index.numbers.remove(hash);
            }
        }
        Ok(())
    }

    /// Returns whether rows or bodies are still to be deleted.
    pub fn has_pending_deletion(&self) -> bool {
        self.refusal.is_none() && self.pending().is_some()
    }

    /// Deletes a slice of the rows and bodies that were pruned. If it fails, the log is copied into the database, so
    /// that it can restart.
    pub fn delete_slice(&mut self) -> Result<(), StoreError> {
        let Some(Range { first, last, fate }) = self.pending() else {
            return Ok(());
        };
        let last = last.min(first + SLICE_BLOCKS - 1);
        // SQLite would follow a damaged record to the pages of other records, and free those.
        let mut sound = first;
        while sound <= last {
            sound = self.verify_until(sound, last + 1)?;
        }
        let mut pruned = self.pruned.clone();
        pruned.assign(
            first,
            last,
            (fate == Fate::ToDelete).then_some(Fate::Deleted),
        );
        let mut progress = self.progress.clone();
        let deleted = self.transact(|connection| {
            if fate == Fate::ToDelete {
                connection
                    .prepare_cached("DELETE FROM blocks WHERE number BETWEEN ? AND ?")?
                    .execute([first, last])?;
            } else {
                let mut update = connection.prepare_cached(
                    "UPDATE blocks SET body = x'', body_checksum = ? WHERE number = ?",
                )?;
                for number in first..=last {
                    update.execute(params![checksum(number, &[]), number])?;
                }
            }
            progress.ranges = write_pruned(connection, &pruned)?;
            Ok(progress)
        });
        if deleted.is_err() {
            // On a full disk the log cannot grow. After it is copied it restarts, and the next attempt has space in it.
            let _ = self.checkpoint();
            return deleted;
        }
        self.pruned = pruned;
        if self.pending().is_none() {
            self.checkpoint()?;
            self.refill_reserve();
        }
        Ok(())
    }

    fn pending(&self) -> Option<Range> {
        self.pruned.iter().find(|range| range.fate.is_pending())
    }

    /// Releases the reserve if a transaction might not fit otherwise. Returns whether it did.
    fn give_up_reserve(&mut self) -> bool {
        let is_short = Room::of(&self.files.directory)
            .is_ok_and(|room| room.available < self.min_free.max(SHORT_BYTES));
        if is_short {
            // The log is copied into the database, so that it can restart instead of growing. The database may have to
            // grow for this, but must leave space for the transaction.
            let copied = self.checkpoint();
            reserve::give_up(&self.files.reserve);
            if copied.is_err()
                && self
                    .growth()
                    .is_some_and(|bytes| bytes <= RESERVE_BYTES / 2)
            {
                let _ = self.checkpoint();
            }
        }
        is_short
    }

    /// Returns the bytes by which the database grows when the log is copied.
    fn growth(&self) -> Option<u64> {
        let pages = self
            .connection
            .pragma_query_value(None, "page_count", |row| row.get::<_, u64>(0))
            .ok()?;
        let length = fs::metadata(&self.files.database).ok()?.len();
        Some((pages * self.page_bytes).saturating_sub(length))
    }

    fn refill_reserve(&self) {
        if let Ok(room) = Room::of(&self.files.directory) {
            reserve::refill(&self.files.reserve, room, self.min_free);
        }
    }
}

/// Groups consecutive numbers into ranges of first and last.
fn runs(numbers: &BTreeSet<u64>) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}
