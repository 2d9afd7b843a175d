//! Rust's spans and events on their way to JavaScript: the layer turns them into records, an environment's inbox keeps
//! the latest of them, and JavaScript, woken by one coalesced call, drains it.
//!
//! Spans go to the environment that submitted their job, what belongs to no job to the one that chose the filter.

mod filter;
mod inbox;
mod layer;
mod origin;
mod record;

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::Function;
use napi_derive::napi;

use inbox::{Bell, Inbox};
pub use origin::{Origin, originating};
pub use record::TraceRecord;

use crate::refusal::Result;

/// What the times of records count from.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Milliseconds from the epoch of the records.
fn to_ms(instant: Instant) -> f64 {
    instant.saturating_duration_since(*EPOCH).as_secs_f64() * 1e3
}

/// Where one JavaScript environment receives spans and events.
#[napi]
pub struct TraceReceiver {
    inbox: Arc<Inbox>,
}

#[napi]
impl TraceReceiver {
    /// `wake` is called on the event loop when there is something to drain. The receiver does not hold the event loop.
    /// It keeps `capacity` records until they are drained, the latest ones.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<(), ()>, capacity: u32) -> napi::Result<Self> {
        LazyLock::force(&EPOCH);
        let bell: Bell = wake
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .max_queue_size::<1>()
            .build()?;
        let inbox = Arc::new(Inbox::new(capacity as usize, bell));
        env.add_env_cleanup_hook(Arc::clone(&inbox), |inbox| inbox.close())?;
        Ok(Self { inbox })
    }

    /// Says what all environments of the process record, in EnvFilter's syntax; null is nothing, and forgets that anybody has
    /// chosen. With `unless_set` only if nobody has; returns whether it is in force now. Throws an error with a
    /// `code`.
    #[napi(catch_unwind)]
    pub fn set_filter(&self, directives: Option<String>, unless_set: bool) -> Result<bool> {
        filter::set(directives.as_deref(), unless_set, &self.inbox)
    }

    /// The filter in force; none when nobody has set one.
    #[napi(catch_unwind)]
    pub fn filter(&self) -> Option<String> {
        filter::directives()
    }

    /// Takes out what is there, the oldest first.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Vec<TraceRecord> {
        self.inbox.drain().into_iter().collect()
    }

    /// Records lost so far because nobody drained them in time.
    #[napi(catch_unwind)]
    pub fn dropped(&self) -> f64 {
        self.inbox.dropped() as f64
    }

    /// The clock of the records, in ms.
    #[napi]
    pub fn now_ms(&self) -> f64 {
        to_ms(Instant::now())
    }

    /// Lets go of everything; what comes later is discarded.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.inbox.close();
    }
}
