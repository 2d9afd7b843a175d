use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::clock::to_ms;
use super::filter_owner;
use super::origin::{self, Origin};
use super::record::{FieldVisitor, TraceParent, TraceRecord};

/// Makes records of finished spans and of events, and puts them into the inbox of the environment that they belong to.
/// Spans without an origin are not recorded.
///
/// The span of a job is disabled if its environment does not trace, because the filter holds for the whole process. So
/// tracing in one environment does not slow down the jobs of the others.
pub struct BridgeLayer;

/// The span that each job begins on the thread that submits it.
const JOB_SPAN: &str = "solve_pow";

static LAST_ID: AtomicU64 = AtomicU64::new(1);

/// The data of an open span.
struct Open {
    id: f64,
    origin: Origin,
    parent: Option<TraceParent>,
    began: Instant,
    entered: Instant,
    /// When the last thread left it. `None` if no thread has left it yet.
    left: Option<Instant>,
    busy: Duration,
    values: FieldVisitor,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for BridgeLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_of_job(metadata) {
            Interest::sometimes()
        } else {
            Interest::always()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        !is_of_job(metadata) || origin::is_set()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let (origin, parent) = match span.parent() {
            Some(parent) => match parent.extensions().get::<Open>() {
                Some(open) => (open.origin.clone(), open.as_parent(&parent)),
                None => return,
            },
            None => match origin::current() {
                Some(origin) => (origin, None),
                None => return,
            },
        };
        let mut values = FieldVisitor::default();
        attributes.record(&mut values);
        let began = Instant::now();
        span.extensions_mut().insert(Open {
            // This is exact for the first 2^53 spans. The registry's own ids are reused, and are larger.
            id: LAST_ID.fetch_add(1, Ordering::Relaxed) as f64,
            origin,
            parent,
            began,
            entered: began,
            left: None,
            busy: Duration::ZERO,
            values,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        with_open(id, &context, |open| values.record(&mut open.values));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        with_open(id, &context, |open| open.entered = Instant::now());
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        with_open(id, &context, |open| {
            let now = Instant::now();
            open.busy += now - open.entered;
            open.left = Some(now);
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        let Some(open) = span.extensions_mut().remove::<Open>() else {
            return;
        };
        let metadata = span.metadata();
        open.origin.inbox.put(TraceRecord {
            kind: if span.parent().is_some() {
                "span"
            } else {
                "job"
            },
            job: Some(open.origin.job),
            id: Some(open.id),
            parent: open.parent,
            level: level_name(*metadata.level()),
            target: metadata.target(),
            name: metadata.name().to_owned(),
            start_ms: to_ms(open.began),
            end_ms: Some(to_ms(open.left.unwrap_or_else(Instant::now))),
            busy_ms: open.left.map(|_| open.busy.as_secs_f64() * 1e3),
            fields: open.values.fields,
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let (inbox, job, parent) = match context.event_span(event) {
            Some(span) => match span.extensions().get::<Open>() {
                Some(open) => {
                    let Origin { inbox, job } = open.origin.clone();
                    (inbox, Some(job), open.as_parent(&span))
                }
                None => return,
            },
            None => match filter_owner::inbox() {
                Some(inbox) => (inbox, None, None),
                None => return,
            },
        };
        let mut values = FieldVisitor::default();
        event.record(&mut values);
        let metadata = event.metadata();
        inbox.put(TraceRecord {
            kind: "event",
            job,
            id: None,
            parent,
            level: level_name(*metadata.level()),
            target: metadata.target(),
            name: values.message.unwrap_or_default(),
            start_ms: to_ms(Instant::now()),
            end_ms: None,
            busy_ms: None,
            fields: values.fields,
        });
    }
}

impl Open {
    /// Returns the span as the parent of another one. Returns `None` for the span of a job, which JavaScript opened.
    fn as_parent<'a, R: LookupSpan<'a>>(&self, span: &SpanRef<'a, R>) -> Option<TraceParent> {
        span.parent().map(|_| TraceParent {
            id: self.id,
            name: span.metadata().name(),
            start_ms: to_ms(self.began),
        })
    }
}

fn is_of_job(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.name() == JOB_SPAN
}

fn with_open<S: Subscriber + for<'a> LookupSpan<'a>>(
    id: &Id,
    context: &Context<'_, S>,
    change: impl FnOnce(&mut Open),
) {
    if let Some(span) = context.span(id)
        && let Some(open) = span.extensions_mut().get_mut::<Open>()
    {
        change(open);
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}
