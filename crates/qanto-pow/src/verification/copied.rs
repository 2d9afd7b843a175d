//! Copies of the bytes that callers pass.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

/// The largest memory that is kept: that of 13,107 headers of 80 bytes.
const MAX_SPARE_LEN: usize = 1 << 20;

/// The memory of the last copy that is not needed any more. The allocator would give so much memory back to the operating
/// system, which takes longer to hand out new pages than to fill them.
static SPARE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A copy of bytes.
#[derive(Debug, Default)]
pub(super) struct Copied(Vec<u8>);

impl Copied {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut copy = std::mem::take(&mut *SPARE.lock().unwrap_or_else(PoisonError::into_inner));
        copy.clear();
        copy.extend_from_slice(bytes);
        Self(copy)
    }
}

impl Clone for Copied {
    fn clone(&self) -> Self {
        Self::of(self)
    }
}

impl Deref for Copied {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if (spare.capacity() + 1..=MAX_SPARE_LEN).contains(&self.0.capacity()) {
            *spare = std::mem::take(&mut self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_bytes_that_it_was_made_of_whatever_memory_it_takes() {
        for len in [3, 100, 2, 0, MAX_SPARE_LEN + 1, 50] {
            let bytes = vec![len as u8; len];
            let [first, second] = [Copied::of(&bytes), Copied::of(&bytes)];
            assert_eq!(&*first, &bytes);
            assert_eq!(&*second.clone(), &bytes);
        }
        let spare = SPARE.lock().expect("no test panics with it").capacity();
        assert!(spare <= MAX_SPARE_LEN, "{spare}");
    }
}
