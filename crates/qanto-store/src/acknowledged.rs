//! The file that holds the number of the last acknowledged transaction.
//!
//! SQLite ignores its write-ahead log from the first frame with a wrong checksum on. Therefore damage in the log would
//! look as if transactions had never been written. This file shows that they were. It is written after the log was
//! flushed, and is not flushed itself, so after a power loss it may be older than the database but never newer.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::checksum::checksum;

/// The length of the sequence number and its checksum, both little-endian.
const LENGTH: usize = 12;

/// The file, open for writing.
#[derive(Debug)]
pub struct Acknowledged {
    file: File,
}

impl Acknowledged {
    /// Returns the number in the file, or `None` if the file is missing or does not match its checksum.
    pub fn read(path: &Path) -> Option<u64> {
        let bytes = fs::read(path).ok()?;
        let bytes: [u8; LENGTH] = bytes.try_into().ok()?;
        let (number, stored) = bytes.split_first_chunk()?;
        let number = u64::from_le_bytes(*number);
        (stored == checksum(number, &[]).to_le_bytes()).then_some(number)
    }

    /// Opens the file, and creates it if it does not exist.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        Ok(Self { file })
    }

    /// Writes the number of an acknowledged transaction.
    pub fn write(&self, number: u64) -> io::Result<()> {
        let mut bytes = [0; LENGTH];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes[8..].copy_from_slice(&checksum(number, &[]).to_le_bytes());
        write_at_start(&self.file, &bytes)
    }
}

#[cfg(unix)]
fn write_at_start(file: &File, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    file.write_all_at(bytes, 0)
}

#[cfg(windows)]
fn write_at_start(file: &File, bytes: &[u8]) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    file.seek_write(bytes, 0).map(|_| ())
}
