//! The report of a search that has settled when it was submitted, as a few bytes: an object takes longer to make than such
//! a search.

use qanto_pow::{Effort, Kernel, Outcome};

use crate::error::{Result, invalid_argument};
use crate::solver::to_ms;

/// The first byte of a report, behind the [packed template](crate::template::Packed).
const START: usize = 20;
/// The length of a packed template and a report.
const LEN: usize = 112;

/// Bytes with a packed template and room for a report. TypeScript reads the report in `ts/pow/packed.ts`.
///
/// Byte 20 is 0 if there is no report, 1 if the search has found a hit, and 2 if it has panicked. Byte 21 is the number of the
/// kernel, 22 the length of the digest, and 23 the variant. The nonce (u64), the number of hashes and the elapsed ms (both f64),
/// all little-endian, and the digest follow.
pub struct Report<'a>(&'a mut [u8; LEN]);

impl<'a> Report<'a> {
    pub fn new(bytes: &'a mut [u8]) -> Result<Self> {
        let len = bytes.len();
        let bytes = bytes.try_into().map_err(|_| {
            invalid_argument(format_args!(
                "a packed template with a report must have {LEN} bytes; got {len}"
            ))
        })?;
        Ok(Self(bytes))
    }

    /// Writes that there is no report.
    pub fn clear(&mut self) {
        self.0[START] = 0;
    }

    /// Writes the report of a search that has found a hit. Every other outcome would be a bug.
    pub fn write(&mut self, kernel: Kernel, outcome: &Outcome, effort: Effort) {
        let bytes = &mut self.0[START..];
        let &Outcome::Found {
            nonce,
            variant,
            digest,
        } = outcome
        else {
            bytes[0] = 2;
            return;
        };
        let number = Kernel::ALL.iter().position(|&known| known == kernel);
        bytes[0] = 1;
        bytes[1] = number.unwrap_or(0) as u8;
        bytes[2] = digest.len() as u8;
        bytes[3] = variant as u8;
        bytes[4..12].copy_from_slice(&nonce.to_le_bytes());
        // Exact below 2^53, which takes years to reach.
        bytes[12..20].copy_from_slice(&(effort.hashes as f64).to_le_bytes());
        bytes[20..28].copy_from_slice(&to_ms(effort.elapsed).to_le_bytes());
        bytes[28..][..digest.len()].copy_from_slice(&digest);
    }
}
