//! Room on the file system: how much is left, and a little that is kept back for pruning.

use std::fs;
use std::io;
use std::path::Path;

/// Bytes of the preallocated file.
pub const RESERVE_BYTES: u64 = 1 << 20;

/// With less than this, room is short: what the log holds is soon to have its place in the database.
pub const SHORT_BYTES: u64 = 16 << 20;

/// The most that stays free unless told otherwise.
const DEFAULT_MIN_FREE: u64 = 64 << 20;

/// The room on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of the file system.
    pub total: u64,
    /// Bytes of it that this process may still use.
    pub available: u64,
}

impl Room {
    /// The room where this directory is.
    pub fn of(directory: &Path) -> io::Result<Self> {
        let stats = fs4::statvfs(directory)?;
        Ok(Self {
            total: stats.total_space(),
            available: stats.available_space(),
        })
    }

    /// What must stay free unless told otherwise: 64 MiB, or a twentieth of a small file system.
    pub fn default_min_free(&self) -> u64 {
        DEFAULT_MIN_FREE.min(self.total / 20)
    }
}

/// Fills the reserve again if there is room for it. Without room the store works without a reserve.
pub fn refill(path: &Path, room: Room, min_free: u64) {
    let is_whole = fs::metadata(path).is_ok_and(|metadata| metadata.len() >= RESERVE_BYTES);
    if is_whole {
        return;
    }
    if room.available < min_free.saturating_add(2 * RESERVE_BYTES) {
        // The empty file still says that this directory is in use.
        let _ = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        return;
    }
    // Not zeros, which some file systems do not store.
    let bytes: Vec<u8> = (0..RESERVE_BYTES)
        .map(|index| (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect();
    if fs::write(path, bytes).is_err() {
        give_up(path);
    }
}

/// Gives the reserved space back to the file system.
pub fn give_up(path: &Path) {
    let _ = fs::OpenOptions::new().write(true).truncate(true).open(path);
}
