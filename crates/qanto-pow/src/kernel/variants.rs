//! Version rolling for kernels that do not support it: there is a scanner for each variant, and each range is scanned
//! by all of them in turn.

use std::sync::Arc;

use super::choice::Kernel;
use super::scan::{Hit, Scan};

/// How many vectors of nonces one variant scans before the next one does. Enough of them outweigh the cost of the
/// change; few enough of them limit the work that is wasted behind a hit.
const VECTORS: u64 = 64;

pub(super) struct Variants(Vec<Arc<dyn Scan>>);

impl Variants {
    /// `scanners` are those of the variants, in order.
    pub(super) fn new(scanners: Vec<Arc<dyn Scan>>) -> Self {
        assert!(!scanners.is_empty(), "a template has at least one variant");
        Self(scanners)
    }
}

impl Scan for Variants {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut done = 0;
        while done < count {
            let here = (count - done).min(VECTORS * self.lanes());
            let mut left = here;
            let mut earliest = None;
            for (variant, scanner) in (0..).zip(&self.0) {
                let Some(Hit { nonce, .. }) = scanner.scan(first + done, left) else {
                    continue;
                };
                // If two variants hit with the same nonce, the lower one counts, and it was scanned before.
                earliest = Some(Hit { nonce, variant });
                left = nonce - (first + done);
            }
            if earliest.is_some() {
                return earliest;
            }
            done += here;
        }
        None
    }

    fn lanes(&self) -> u64 {
        self.0[0].lanes()
    }

    fn kernel(&self) -> Kernel {
        self.0[0].kernel()
    }
}
