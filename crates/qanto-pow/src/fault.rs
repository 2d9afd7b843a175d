//! Kernels that panic on demand, for tests. The first bytes of a template's preimage select the fault. All other
//! templates are searched as usual.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};

use crate::kernel::{Hit, Kernel, Scan, Selection};
use crate::template::Template;

#[derive(Clone, Copy)]
enum Fault {
    /// `fault:always;`: every batch panics.
    Always,
    /// `fault:batch:N;`: the N-th batch panics, counted from 1 in the order in which batches are begun.
    Batch(u64),
    /// `fault:thread;`: one thread continues, and every other thread panics in its first batch.
    OtherThreads,
    /// `fault:mute;`: every batch panics with a payload that is not a message.
    Mute,
}

impl Fault {
    fn parse(preimage: &[u8]) -> Option<Self> {
        let marker = preimage.strip_prefix(b"fault:")?;
        let end = marker.iter().position(|&byte| byte == b';')?;
        match str::from_utf8(&marker[..end]).ok()? {
            "always" => Some(Self::Always),
            "thread" => Some(Self::OtherThreads),
            "mute" => Some(Self::Mute),
            other => Some(Self::Batch(other.strip_prefix("batch:")?.parse().ok()?)),
        }
    }
}

/// Returns a selection whose scanner panics if the template selects a fault, and the selection itself otherwise.
pub(crate) fn inject(template: &Template, selected: Selection) -> Selection {
    let Some(fault) = Fault::parse(template.preimage()) else {
        return selected;
    };
    Selection {
        scan: Arc::new(Faulty {
            scan: selected.scan,
            fault,
            batches: AtomicU64::new(0),
            spared: OnceLock::new(),
        }),
        // No other scanner replaces it.
        undecided: None,
        ..selected
    }
}

struct Faulty {
    scan: Arc<dyn Scan>,
    fault: Fault,
    /// The number of batches that were begun.
    batches: AtomicU64,
    /// The thread that does not panic.
    spared: OnceLock<ThreadId>,
}

impl Scan for Faulty {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let batch = self.batches.fetch_add(1, Ordering::Relaxed) + 1;
        let current = thread::current().id();
        match self.fault {
            Fault::Always => panic!("injected into batch {batch}"),
            Fault::Batch(faulty) if batch == faulty => panic!("injected into batch {batch}"),
            Fault::OtherThreads if *self.spared.get_or_init(|| current) != current => {
                panic!("injected into another thread");
            }
            Fault::Mute => panic_any(batch),
            Fault::Batch(_) | Fault::OtherThreads => self.scan.scan(first, count),
        }
    }

    fn lanes(&self) -> u64 {
        self.scan.lanes()
    }

    fn kernel(&self) -> Kernel {
        self.scan.kernel()
    }
}
