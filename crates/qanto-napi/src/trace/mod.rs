//! Passes Rust's spans and events to JavaScript. A layer of the subscriber turns them into records, the inbox of an
//! environment keeps the latest of them, and one coalesced call wakes JavaScript, which drains the inbox.
//!
//! The spans and events of a job go to the environment that submitted the job. Events that belong to no job go to the
//! environment that set the filter.

mod clock;
mod filter;
mod filter_owner;
mod inbox;
mod layer;
mod origin;
mod record;

use std::sync::Arc;
use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::Function;
use napi_derive::napi;

use clock::to_ms;
use inbox::Inbox;
pub use origin::{Origin, with_origin};
pub use record::TraceRecord;

use crate::error::Result;
use crate::wake_up::WakeUp;

/// Receives the spans and events of one JavaScript environment.
#[napi]
pub struct TraceReceiver {
    inbox: Arc<Inbox>,
}

#[napi]
impl TraceReceiver {
    /// Creates a receiver. `wake` is called on the event loop when there are records to drain. The receiver does not
    /// keep the event loop alive. It keeps the latest `capacity` records until they are drained.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<(), ()>, capacity: u32) -> napi::Result<Self> {
        clock::start();
        let wake_up: WakeUp<true> = wake
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .max_queue_size::<1>()
            .build()?;
        let inbox = Arc::new(Inbox::new(capacity as usize, wake_up));
        env.add_env_cleanup_hook(Arc::clone(&inbox), |inbox| inbox.close())?;
        Ok(Self { inbox })
    }

    /// Sets the filter for all environments of the process: `level`, `target` and `target=level`, separated by commas. With
    /// null, nothing is recorded and the filter counts as not set. With `unless_set`, the filter is set only if none is
    /// set. Returns whether it was set. Throws `ERR_QANTO_INVALID_TRACE_FILTER`.
    #[napi(catch_unwind)]
    pub fn set_filter(&self, directives: Option<String>, unless_set: bool) -> Result<bool> {
        filter::set(directives.as_deref(), unless_set, &self.inbox)
    }

    /// Returns the filter, if one is set.
    #[napi(catch_unwind)]
    pub fn filter(&self) -> Option<String> {
        filter::directives()
    }

    /// Removes and returns all records, oldest first.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Vec<TraceRecord> {
        self.inbox.drain().into_iter().collect()
    }

    /// Returns the number of records that were dropped because they were not drained in time.
    #[napi(catch_unwind)]
    pub fn dropped(&self) -> f64 {
        self.inbox.dropped() as f64
    }

    /// Returns the time of the records' clock, in ms.
    #[napi]
    pub fn now_ms(&self) -> f64 {
        to_ms(Instant::now())
    }

    /// Discards all records, and those that come later.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.inbox.close();
    }
}

impl TraceReceiver {
    /// Returns the origin of a job that this receiver's environment submits.
    pub fn origin(&self, job: u32) -> Origin {
        Origin {
            inbox: Arc::clone(&self.inbox),
            job,
        }
    }
}
