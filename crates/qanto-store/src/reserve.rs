//! The space on the file system, and a file that reserves some of it for pruning.

use std::fs;
use std::io;
use std::path::Path;

/// The size of the reserve file, in bytes.
pub const RESERVE_BYTES: u64 = 1 << 20;

/// If fewer bytes than this are available, space is short, and the log is copied into the database at once.
pub const SHORT_BYTES: u64 = 16 << 20;

/// The upper bound of the default of the space that must stay free.
const DEFAULT_MIN_FREE: u64 = 64 << 20;

/// The space on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The size of the file system, in bytes.
    pub total: u64,
    /// The bytes that this process may still use.
    pub available: u64,
}

impl Room {
    /// Returns the space on the file system of this directory.
    pub fn of(directory: &Path) -> io::Result<Self> {
        let stats = fs4::statvfs(directory)?;
        Ok(Self {
            total: stats.total_space(),
            available: stats.available_space(),
        })
    }

    /// Returns the default of the space that must stay free: 64 MiB, or a twentieth of the file system if that is less.
    pub fn default_min_free(&self) -> u64 {
        DEFAULT_MIN_FREE.min(self.total / 20)
    }
}

/// Creates or refills the reserve if there is space for it. Otherwise the store works without a reserve.
pub fn refill(path: &Path, room: Room, min_free: u64) {
    let is_whole = fs::metadata(path).is_ok_and(|metadata| metadata.len() >= RESERVE_BYTES);
    if is_whole {
        return;
    }
    if room.available < min_free.saturating_add(2 * RESERVE_BYTES) {
        // An empty file still shows that the directory contains a store.
        let _ = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        return;
    }
    // Some file systems do not store zeros.
    let bytes: Vec<u8> = (0..RESERVE_BYTES)
        .map(|index| (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect();
    if fs::write(path, bytes).is_err() {
        give_up(path);
    }
}

/// Returns the reserved space to the file system.
pub fn give_up(path: &Path) {
    let _ = fs::OpenOptions::new().write(true).truncate(true).open(path);
}
