//! Tests of the spans and events of a job.

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, Once, OnceLock};
use std::time::Duration;

use common::kernels;
use qanto_pow::kernel::{Reason, select};
use qanto_pow::{
    Algorithm, Effort, NonceEncoding, NonceField, Observer, Outcome, Pool, PoolConfig, Progress,
    SearchOptions, Target, Template, U256,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// A span, or an event (which is closed and has no children).
#[derive(Clone, Debug)]
struct Seen {
    name: &'static str,
    level: Level,
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
    closed: bool,
}

static SEEN: Mutex<BTreeMap<u64, Seen>> = Mutex::new(BTreeMap::new());
static LAST_ID: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static ENTERED: Mutex<Vec<u64>> = const { Mutex::new(Vec::new()) };
}

/// Records everything that this crate emits. The process has one, so each test looks at its own job.
struct Recorder;

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

fn seen() -> MutexGuard<'static, BTreeMap<u64, Seen>> {
    SEEN.lock().expect("no test panics while it holds it")
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "qanto_pow"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = LAST_ID.fetch_add(1, Ordering::SeqCst) + 1;
        let current = ENTERED.with(|entered| entered.lock().expect("one thread").last().copied());
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        let parent = attributes.parent().map(Id::into_u64);
        let metadata = attributes.metadata();
        let span = Seen {
            name: metadata.name(),
            level: *metadata.level(),
            parent: parent.or(current.filter(|_| attributes.is_contextual())),
            fields,
            closed: false,
        };
        seen().insert(id, span);
        Id::from_u64(id)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut seen = seen();
        let span = seen.get_mut(&id.into_u64()).expect("a span");
        values.record(&mut Fields(&mut span.fields));
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let id = LAST_ID.fetch_add(1, Ordering::SeqCst) + 1;
        let metadata = event.metadata();
        let event = Seen {
            name: "event",
            level: *metadata.level(),
            parent: event.parent().map(Id::into_u64),
            fields,
            closed: true,
        };
        seen().insert(id, event);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, id: &Id) {
        ENTERED.with(|entered| entered.lock().expect("one thread").push(id.into_u64()));
    }

    fn exit(&self, id: &Id) {
        let left = ENTERED.with(|entered| entered.lock().expect("one thread").pop());
        assert_eq!(left, Some(id.into_u64()));
    }

    fn clone_span(&self, id: &Id) -> Id {
        REFERENCES
            .lock()
            .expect("held shortly")
            .entry(id.into_u64())
            .and_modify(|count| *count += 1)
            .or_insert(2);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut references = REFERENCES.lock().expect("held shortly");
        let count = references.entry(id.into_u64()).or_insert(1);
        *count -= 1;
        if *count > 0 {
            return false;
        }
        seen().get_mut(&id.into_u64()).expect("a span").closed = true;
        true
    }
}

static REFERENCES: Mutex<BTreeMap<u64, usize>> = Mutex::new(BTreeMap::new());

/// Counts the batches, since progress is reported once per batch here.
struct Batches(Sender<Option<(Outcome, Effort)>>);

impl Observer for Batches {
    fn progress(&self, _: Progress) {
        let _ = self.0.send(None);
    }

    fn settled(&self, outcome: Outcome, effort: Effort) {
        let _ = self.0.send(Some((outcome, effort)));
    }
}

/// The spans and events of a job: its own span, and everything below it.
struct Trace {
    effort: Effort,
    batches: usize,
    root: Seen,
    below: Vec<Seen>,
}

fn template(algorithm: Algorithm, target: U256) -> Template {
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U64Le,
    };
    let target = Target::new(target).expect("not 0");
    Template::new(algorithm, vec![0; 80], nonce, target).expect("valid")
}

/// Runs a job on two threads, and cancels it after this number of batches. Collects the spans when the observer
/// receives the outcome.
fn trace_of_job(target: U256, cancel_after: usize) -> Trace {
    let template = template(Algorithm::Sha256d, target);
    trace_of_job_until(template, |batches| batches == cancel_after)
}

/// Does what [`trace_of_job`] does, but cancels the job when this returns true for the number of batches.
fn trace_of_job_until(template: Template, is_over: impl Fn(usize) -> bool) -> Trace {
    static RECORD: Once = Once::new();
    RECORD.call_once(|| tracing::subscriber::set_global_default(Recorder).expect("the only one"));
    let options = SearchOptions {
        progress_interval: Some(Duration::ZERO),
        threads: Some(2),
        ..SearchOptions::default()
    };
    let (sender, receiver) = channel();
    let pool = Pool::new(PoolConfig::default());
    let job = pool
        .submit(template, options, Box::new(Batches(sender)))
        .expect("accepted");
    let mut batches = 0;
    let effort = loop {
        match receiver.recv().expect("not settled yet") {
            Some((_, effort)) => break effort,
            None => batches += 1,
        }
        if is_over(batches) {
            job.cancel();
        }
    };
    let all = seen().clone();
    let job_id = job.id().to_string();
    let (&root_id, root) = all
        .iter()
        .find(|(_, span)| span.name == "solve_pow" && span.fields["job_id"] == job_id)
        .expect("a span of the job");
    let mut ids = vec![root_id];
    let mut below = Vec::new();
    for (&id, span) in &all {
        if span.parent.is_some_and(|parent| ids.contains(&parent)) {
            ids.push(id);
            below.push(span.clone());
        }
    }
    Trace {
        effort,
        batches,
        root: root.clone(),
        below,
    }
}

fn named<'a>(trace: &'a Trace, name: &str) -> Vec<&'a Seen> {
    trace
        .below
        .iter()
        .filter(|span| span.name == name)
        .collect()
}

#[test]
fn the_span_of_a_job_says_what_was_searched_and_how_it_ended() {
    let Trace { root, effort, .. } = trace_of_job(U256::MAX >> 10, usize::MAX);
    assert_eq!(root.level, Level::INFO);
    let expected = [
        ("algorithm", "sha256d"),
        ("threads", "2"),
        ("use_gpu", "false"),
        ("outcome", "found"),
    ];
    for (field, value) in expected {
        assert_eq!(root.fields[field], value);
    }
    assert_eq!(root.fields["hashes"], effort.hashes.to_string());
    let difficulty: f64 = root.fields["difficulty"].parse().expect("a number");
    assert!(
        (difficulty * 2f64.powi(22) - 1.0).abs() < 1e-4,
        "{difficulty}"
    );
}

#[test]
fn the_span_of_a_job_says_which_kernel_was_chosen_and_why() {
    // No other test has a job of this shape, and this one is too short to be measured.
    let easy = template(Algorithm::Sha256, U256::MAX);
    let Trace { root, .. } = trace_of_job_until(easy, |_| false);
    let fastest = kernels().next().expect("at least the portable one");
    assert_eq!(root.fields["kernel"], fastest.name());
    assert_eq!(root.fields["kernel_by"], "detection");
    assert!(!root.fields.contains_key("kernel_ratio"));
}

#[test]
fn the_span_of_a_job_during_which_kernels_were_measured_says_by_how_much_the_chosen_one_is_faster()
{
    let endless = template(Algorithm::Sha256d, U256::ONE);
    let is_measured = || {
        let selection = select(&endless, None).expect("a kernel of this machine");
        selection.reason == Reason::Measurement || kernels().count() == 1
    };
    // After the measurement, each thread ends its batch before it records the result.
    let Trace { root, .. } = trace_of_job_until(endless.clone(), |batches| {
        static MEASURED_AT: OnceLock<usize> = OnceLock::new();
        is_measured() && batches >= *MEASURED_AT.get_or_init(|| batches) + 4
    });
    if kernels().count() == 1 {
        return;
    }
    let selection = select(&endless, None).expect("a kernel of this machine");
    assert_eq!(root.fields["kernel"], selection.scan.kernel().name());
    assert_eq!(root.fields["kernel_by"], "measurement");
    let ratio = selection.ratio().expect("measured");
    assert_eq!(root.fields["kernel_ratio"], format!("{ratio:?}"));
}

#[test]
fn every_span_is_closed_when_the_observer_receives_the_outcome() {
    let trace = trace_of_job(U256::ONE, 20);
    assert!(trace.root.closed);
    assert!(
        trace.below.iter().all(|span| span.closed),
        "{:?}",
        trace.below
    );
}

#[test]
fn a_job_of_any_length_has_one_span_per_thread_above_trace_level() {
    let trace = trace_of_job(U256::ONE, 300);
    let threads = named(&trace, "mine_cpu");
    let mut indices: Vec<_> = threads.iter().map(|span| &span.fields["thread"]).collect();
    indices.sort_unstable();
    indices.dedup();
    assert!((1..=2).contains(&threads.len()));
    assert_eq!(indices.len(), threads.len());
    let above_trace = trace.below.iter().filter(|span| span.level < Level::TRACE);
    // There is also one event: that the job has settled.
    assert_eq!(above_trace.count(), threads.len() + 1);
}

#[test]
fn the_hashes_of_the_threads_add_up_to_those_of_the_job() {
    let trace = trace_of_job(U256::ONE, 100);
    let threads = named(&trace, "mine_cpu");
    let hashes = threads
        .iter()
        .map(|span| span.fields["hashes"].parse::<u64>().expect("a number"));
    assert_eq!(hashes.sum::<u64>(), trace.effort.hashes);
    assert!(
        threads
            .iter()
            .all(|span| span.fields["outcome"] == "cancelled")
    );
}

#[test]
fn every_batch_has_a_span_inside_that_of_its_thread_at_trace_level() {
    let trace = trace_of_job(U256::ONE, 50);
    let batches = named(&trace, "try_nonces");
    assert!(
        batches.len() >= trace.batches,
        "{} of {}",
        batches.len(),
        trace.batches
    );
    let hashes = batches
        .iter()
        .map(|span| span.fields["count"].parse::<u64>().expect("a number"));
    assert_eq!(hashes.sum::<u64>(), trace.effort.hashes);
    for batch in batches {
        assert_eq!(batch.level, Level::TRACE);
        assert_eq!(batch.fields["outcome"], "no hit");
        let parent = &seen()[&batch.parent.expect("a thread's span")];
        assert_eq!(parent.name, "mine_cpu");
    }
}
