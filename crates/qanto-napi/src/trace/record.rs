use std::collections::BTreeMap;
use std::fmt::Debug;

use napi::bindgen_prelude::Either3;
use napi_derive::napi;
use tracing::field::{Field, Visit};

/// A finished span, or an event.
#[napi(object, object_from_js = false)]
pub struct TraceRecord {
    /// `job` for the span of a job, `span` for a span below it, or `event`.
    #[napi(ts_type = "'job' | 'span' | 'event'")]
    pub kind: &'static str,
    /// The environment's number of the job that it belongs to. Absent if it belongs to no job.
    pub job: Option<u32>,
    /// If it is a span: its id, which is unique in the process.
    pub id: Option<f64>,
    /// The span that contains it. Absent directly below the span of a job.
    pub parent: Option<TraceParent>,
    /// The level of the span or event.
    #[napi(ts_type = "'error' | 'warn' | 'info' | 'debug' | 'trace'")]
    pub level: &'static str,
    /// The part of the code that recorded it, such as `qanto_pow`.
    pub target: &'static str,
    /// The name of the span, or the message of the event.
    pub name: String,
    /// When the span began or the event happened, in ms on the clock of `nowMs()`.
    pub start_ms: f64,
    /// If it is a span: when it ended. If threads entered the span, this is when the last one left.
    pub end_ms: Option<f64>,
    /// If it is a span that threads entered: the time that they spent in it, in ms.
    pub busy_ms: Option<f64>,
    /// The fields by name. An integer that a double cannot represent exactly is a decimal string.
    #[napi(ts_type = "Record<string, string | number | boolean>")]
    pub fields: Fields,
}

/// The properties of an open span that are needed to make it the parent of another one.
#[napi(object, object_from_js = false)]
#[derive(Clone)]
pub struct TraceParent {
    pub id: f64,
    pub name: &'static str,
    pub start_ms: f64,
}

/// Fields by name.
pub type Fields = BTreeMap<&'static str, Either3<String, f64, bool>>;

/// Collects fields. The message of an event is kept separately.
#[derive(Default)]
pub struct FieldVisitor {
    pub message: Option<String>,
    pub fields: Fields,
}

const MAX_EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

impl FieldVisitor {
    fn put(&mut self, field: &Field, value: Either3<String, f64, bool>) {
        self.fields.insert(field.name(), value);
    }

    fn text(&mut self, field: &Field, text: String) {
        if field.name() == "message" {
            self.message = Some(text);
        } else {
            self.put(field, Either3::A(text));
        }
    }
}

impl Visit for FieldVisitor {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Either3::C(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Either3::B(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if value <= MAX_EXACT {
            self.put(field, Either3::B(value as f64));
        } else {
            self.text(field, value.to_string());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if value.unsigned_abs() <= MAX_EXACT {
            self.put(field, Either3::B(value as f64));
        } else {
            self.text(field, value.to_string());
        }
    }
}
