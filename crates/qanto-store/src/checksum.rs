//! The checksums of the records. A checksum is a CRC-32 (with the polynomial of IEEE 802.3, like zlib's `crc32`) of the
//! record's number as 8 little-endian bytes, followed by the parts of the record. The number is included so that a
//! record in the place of another one does not match.

use crate::error::StoreError;

/// Computes the checksum of a record.
pub fn checksum(number: u64, parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// Returns an error if a record does not match the checksum that is stored with it. `what` names the record in the
/// error.
pub fn verify(
    stored: i64,
    number: u64,
    parts: &[&[u8]],
    what: impl FnOnce() -> String,
) -> Result<(), StoreError> {
    compare(stored, checksum(number, parts), what)
}

/// Returns an error if the computed checksum of a record is not the stored one. `what` names the record in the error.
pub fn compare(
    stored: i64,
    computed: u32,
    what: impl FnOnce() -> String,
) -> Result<(), StoreError> {
    if stored == i64::from(computed) {
        return Ok(());
    }
    Err(StoreError::damaged(format!(
        "{} does not match its checksum",
        what()
    )))
}
