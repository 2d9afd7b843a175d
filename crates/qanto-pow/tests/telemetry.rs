//! What a job leaves in the traces.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use qanto_pow::{
    Algorithm, Effort, NonceEncoding, NonceField, Observer, Outcome, Pool, PoolConfig, Progress,
    SearchOptions, Target, Template, U256,
};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static SPANS: AtomicUsize = AtomicUsize::new(0);
static EVENTS: AtomicUsize = AtomicUsize::new(0);

/// Counts what this crate emits.
struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("qanto_pow")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(SPANS.fetch_add(1, Ordering::SeqCst) as u64 + 1)
    }

    fn event(&self, _: &Event<'_>) {
        EVENTS.fetch_add(1, Ordering::SeqCst);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Progress is reported once a batch here, so it counts the batches.
struct Batches(Sender<Option<Outcome>>);

impl Observer for Batches {
    fn progress(&self, _: Progress) {
        let _ = self.0.send(None);
    }

    fn settled(&self, outcome: Outcome, _: Effort) {
        let _ = self.0.send(Some(outcome));
    }
}

#[test]
fn a_job_leaves_one_span_and_one_event_however_long_it_runs() {
    tracing::subscriber::set_global_default(Counter).expect("the only one");
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U64Le,
    };
    let target = Target::new(U256::ONE).expect("not 0");
    let template = Template::new(Algorithm::Sha256d, vec![0; 80], nonce, target).expect("valid");
    let options = SearchOptions {
        progress_interval: Some(Duration::ZERO),
        ..SearchOptions::default()
    };
    let (sender, receiver) = channel();
    let pool = Pool::new(PoolConfig::default());
    let job = pool
        .submit(template, options, Box::new(Batches(sender)))
        .expect("accepted");
    for _ in 0..100 {
        assert_eq!(receiver.recv(), Ok(None));
    }
    assert_eq!(SPANS.load(Ordering::SeqCst), 1);
    assert_eq!(EVENTS.load(Ordering::SeqCst), 0);
    job.cancel();
    assert_eq!(receiver.iter().flatten().next(), Some(Outcome::Cancelled));
    assert_eq!(SPANS.load(Ordering::SeqCst), 1);
    assert_eq!(EVENTS.load(Ordering::SeqCst), 1);
}
