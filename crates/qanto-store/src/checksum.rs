//! The checksums of the records: CRC-32 (the polynomial of IEEE 802.3, as zlib's `crc32`) over the record's number as
//! 8 little-endian bytes, then its parts one after the other. The number is included so that a record that turns up
//! in another's place does not match.

use crate::error::StoreError;

/// The checksum of a record.
pub fn checksum(number: u64, parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// Refuses a record that does not match the checksum stored with it. `what` names the record in the error.
pub fn verify(
    stored: i64,
    number: u64,
    parts: &[&[u8]],
    what: impl FnOnce() -> String,
) -> Result<(), StoreError> {
    if stored == i64::from(checksum(number, parts)) {
        return Ok(());
    }
    Err(StoreError::damaged(format!(
        "{} does not match its checksum",
        what()
    )))
}
