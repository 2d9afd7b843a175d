//! Copies of the bytes that callers pass.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The largest memory that is kept for a copy: that of 13,107 headers of 80 bytes.
const MAX_SPARE_LEN: usize = 1 << 20;

static SPARE: Mutex<Spare> = Mutex::new(Spare([Vec::new(), Vec::new()]));

/// The memory of copies that are not needed any more. The allocator would give so much memory back to the operating system,
/// which takes longer to hand out new pages than to fill them. There is memory for two copies, because a thread may drop one
/// only after the next one has been made.
struct Spare([Vec<u8>; 2]);

impl Spare {
    /// Returns the larger memory of the two.
    fn take(&mut self) -> Vec<u8> {
        let [_, larger] = self.by_capacity();
        std::mem::take(larger)
    }

    /// Keeps memory, unless it is too large or smaller than what is kept already. Returns the memory that is not kept.
    fn put(&mut self, memory: Vec<u8>) -> Vec<u8> {
        let [smaller, _] = self.by_capacity();
        if (smaller.capacity() + 1..=MAX_SPARE_LEN).contains(&memory.capacity()) {
            std::mem::replace(smaller, memory)
        } else {
            memory
        }
    }

    fn by_capacity(&mut self) -> [&mut Vec<u8>; 2] {
        let [first, second] = &mut self.0;
        if first.capacity() < second.capacity() {
            [first, second]
        } else {
            [second, first]
        }
    }
}

fn spare() -> MutexGuard<'static, Spare> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A copy of bytes.
#[derive(Debug, Default)]
pub(super) struct Copied(Vec<u8>);

impl Copied {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut copy = spare().take();
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
        // What is not kept is freed after the lock is released.
        self.0 = spare().put(std::mem::take(&mut self.0));
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
        for memory in &spare().0 {
            assert!(memory.capacity() <= MAX_SPARE_LEN);
        }
    }

    #[test]
    fn the_larger_memory_of_two_copies_that_were_dropped_is_used_first() {
        let mut spare = Spare([Vec::new(), Vec::new()]);
        for len in [20, 40, 10, MAX_SPARE_LEN + 1] {
            drop(spare.put(vec![0; len]));
        }
        let taken = [spare.take(), spare.take(), spare.take()];
        assert_eq!(taken.map(|memory| memory.capacity()), [40, 20, 0]);
    }
}
