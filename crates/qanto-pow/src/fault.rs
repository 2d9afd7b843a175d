//! Kernels that panic on demand, for tests of what happens then. A template asks for it by how its preimage
//! begins; every other template is searched as always.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};

use crate::kernel::{Hit, Kernel, Scan};
use crate::template::Template;

#[derive(Clone, Copy)]
enum Fault {
    /// `fault:always;`: every batch panics.
    Always,
    /// `fault:batch:N;`: the N-th batch panics, counted from 1 in the order in which threads begin them.
    Batch(u64),
    /// `fault:thread;`: one thread goes on, each other one panics in its first batch.
    OtherThreads,
    /// `fault:mute;`: every batch panics with something that is no message.
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

/// The scanner itself, or one that panics if the template asks for it.
pub(crate) fn inject(template: &Template, scan: Arc<dyn Scan>) -> Arc<dyn Scan> {
    match Fault::parse(template.preimage()) {
        None => scan,
        Some(fault) => Arc::new(Faulty {
            scan,
            fault,
            batches: AtomicU64::new(0),
            spared: OnceLock::new(),
        }),
    }
}

struct Faulty {
    scan: Arc<dyn Scan>,
    fault: Fault,
    /// Batches begun.
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
