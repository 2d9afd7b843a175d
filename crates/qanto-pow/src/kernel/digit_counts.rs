//! Decimal nonces without leading zeros: there is a scanner for each number of digits, because the length of the
//! message changes with it.

use std::sync::{Arc, OnceLock};

use super::choice::Kernel;
use super::scan::{Hit, Scan};
use crate::nonce::{MAX_DECIMAL_WIDTH, NonceEncoding};
use crate::template::Template;

/// Makes the scanner of a template whose nonces have a fixed number of digits.
type Prepare = Box<dyn Fn(&Template) -> Arc<dyn Scan> + Send + Sync>;

/// The number of digits whose scanner speaks for all others, when a kernel is selected. Nine in ten of the nonces below
/// ten million have this number of digits.
pub(super) const TYPICAL_DIGITS: usize = 7;

pub(super) struct DigitCounts {
    template: Template,
    prepare: Prepare,
    /// The scanner for each number of digits. A scanner is made when the search reaches it.
    scanners: [OnceLock<Arc<dyn Scan>>; MAX_DECIMAL_WIDTH as usize],
    lanes: u64,
    kernel: Kernel,
}

impl DigitCounts {
    /// `typical` is the scanner for [`typical`](typical_template) nonces, and `prepare` makes the others.
    pub(super) fn new(template: &Template, typical: Arc<dyn Scan>, prepare: Prepare) -> Self {
        let scanners: [OnceLock<Arc<dyn Scan>>; _] = std::array::from_fn(|_| OnceLock::new());
        let (lanes, kernel) = (typical.lanes(), typical.kernel());
        scanners[TYPICAL_DIGITS - 1].get_or_init(|| typical);
        Self {
            template: template.clone(),
            prepare,
            scanners,
            lanes,
            kernel,
        }
    }

    fn scanner(&self, digits: usize) -> &dyn Scan {
        self.scanners[digits - 1]
            .get_or_init(|| (self.prepare)(&with_digits(&self.template, digits)))
            .as_ref()
    }
}

impl Scan for DigitCounts {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut nonce = first;
        let mut left = count;
        while left > 0 {
            let digits = NonceEncoding::Decimal.len_of(nonce);
            // The last nonce with this number of digits.
            let width = digits as u8;
            let last = NonceEncoding::DecimalFixed { width }.max_nonce();
            let here = left.min((last - nonce).saturating_add(1));
            if let Some(hit) = self.scanner(digits).scan(nonce, here) {
                return Some(hit);
            }
            // After the last nonce of 64 bits this wraps, and nothing is left.
            nonce = nonce.wrapping_add(here);
            left -= here;
        }
        None
    }

    fn lanes(&self) -> u64 {
        self.lanes
    }

    /// Returns the kernel of the scanner for typical nonces. Where it does not support a number of digits, the
    /// portable kernel does.
    fn kernel(&self) -> Kernel {
        self.kernel
    }
}

/// Returns the template of the nonces with the typical number of digits.
pub(super) fn typical_template(template: &Template) -> Template {
    with_digits(template, TYPICAL_DIGITS)
}

fn with_digits(template: &Template, digits: usize) -> Template {
    let width = digits as u8;
    template.with_text_encoding(NonceEncoding::DecimalFixed { width })
}
