//! What measurements have found for each shape, for the life of the process.
//!
//! Three designs were considered. To measure when the library is loaded, or before the first job, would delay programs
//! that solve one small template, and would not know the shape. To let the batches of a job alternate between the kernels
//! would cost no extra work, but the slow kernels would then take the time of the job and count against its deadline.
//! Therefore a job begins with the kernel that is usually the fastest. Once the jobs of a shape have taken so long, together,
//! that a faster kernel would matter, a thread of its own measures, and the running job changes the kernel between two
//! batches. The answer is the same, because every batch is scanned completely by one kernel, and the reference
//! implementation confirms its hits.
//!
//! The times of all jobs of a shape are added because a program may search for long in many short jobs, none of which would
//! be worth a measurement.
//!
//! A shape is measured again when its jobs have taken much longer, and the best rate of each kernel counts. While another
//! program on the same core of the host disturbs a measurement, it does not disturb all kernels alike: on a virtual machine
//! with Zen 4, 1 of 60 measurements found a kernel 20 % slower than all others did, and its rival 4 % slower. Without another
//! measurement, such a moment would decide for the life of the process.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use super::choice::Kernel;
use super::measure::{Measured, measure};
use super::platform::Platform;
use super::scan::Scan;
use super::shape::Shape;
use crate::template::Template;

/// The number of measurements of a shape.
pub(crate) const MEASUREMENTS: usize = 3;

/// The times that all jobs of a shape have kept threads busy after which the shape is measured. A measurement takes up to
/// about 25 ms.
const WORTHWHILE: [Duration; MEASUREMENTS] = [
    Duration::from_millis(30),
    Duration::from_secs(1),
    Duration::from_secs(30),
];

/// Measures the kernels of these scanners, see [`measure`].
type Measure =
    Box<dyn Fn(&[Arc<dyn Scan>], &Template, &dyn Fn() -> bool) -> Option<Measured> + Send + Sync>;

/// What is known about each shape.
pub(crate) struct Choices {
    measure: Measure,
    /// The times that all jobs of a shape have kept threads busy after which the shape is measured.
    worthwhile: [Duration; MEASUREMENTS],
    entries: [Entry; Shape::COUNT],
}

#[derive(Default)]
struct Entry {
    /// [`OPEN`], [`REQUESTED`] or [`SETTLED`].
    state: AtomicU8,
    /// The time that threads have spent on batches of the shape, in ns. It is not counted while a measurement is requested.
    spent: AtomicU64,
    /// What the measurements have found, each together with those before it.
    measured: [OnceLock<Arc<Measured>>; MEASUREMENTS],
}

impl Entry {
    /// Returns how often the shape has been measured.
    fn measurements(&self) -> usize {
        let is_set = |measured: &&OnceLock<_>| measured.get().is_some();
        self.measured.iter().take_while(is_set).count()
    }

    fn measured(&self) -> Option<&Arc<Measured>> {
        self.measured[..self.measurements()].last()?.get()
    }
}

/// A measurement may be requested.
const OPEN: u8 = 0;
/// A measurement was requested, and may be running.
const REQUESTED: u8 = 1;
/// The shape has been measured as often as it will be, or it cannot be.
const SETTLED: u8 = 2;

impl Choices {
    /// Returns those of the process.
    pub(crate) fn of_process() -> &'static Self {
        static CHOICES: LazyLock<Choices> =
            LazyLock::new(|| Choices::new(WORTHWHILE, Box::new(measure)));
        &CHOICES
    }

    pub(crate) fn new(worthwhile: [Duration; MEASUREMENTS], measure: Measure) -> Self {
        Self {
            measure,
            worthwhile,
            entries: std::array::from_fn(|_| Entry::default()),
        }
    }

    /// Returns what was measured for the shape, if it was.
    pub(super) fn measured(&self, shape: Shape) -> Option<&Arc<Measured>> {
        self.entry(shape).measured()
    }

    /// Returns the shape as one that may still be measured. Returns `None` if it is settled, or if this machine has
    /// only one kernel.
    pub(super) fn undecided(&'static self, shape: Shape, platform: Platform) -> Option<Undecided> {
        let kernels = Kernel::ALL
            .into_iter()
            .filter(|&kernel| platform.supports(kernel));
        let is_open = self.entry(shape).state.load(Ordering::Relaxed) != SETTLED;
        (is_open && kernels.count() > 1).then_some(Undecided {
            choices: self,
            shape,
            measurements: self.entry(shape).measurements(),
        })
    }

    fn entry(&self, shape: Shape) -> &Entry {
        &self.entries[shape.index()]
    }
}

/// A shape that might still be measured when a job was submitted.
#[derive(Clone, Copy)]
pub(crate) struct Undecided {
    choices: &'static Choices,
    shape: Shape,
    /// How often the shape had been measured.
    measurements: usize,
}

impl Undecided {
    /// Returns what knows about the shape.
    pub(crate) fn choices(self) -> &'static Choices {
        self.choices
    }

    /// Returns the number of the last measurement, counted from 0, if the shape has been measured since.
    pub(crate) fn measured_since(self) -> Option<usize> {
        let measurements = self.choices.entry(self.shape).measurements();
        (measurements > self.measurements).then(|| measurements - 1)
    }

    /// Takes note of the time of a batch. Requests a measurement if the time of all batches of the shape makes it
    /// worthwhile, and if none is requested already.
    pub(crate) fn after_batch(
        self,
        took: Duration,
        template: &Template,
    ) -> Option<Box<Measurement>> {
        let entry = self.choices.entry(self.shape);
        // If one is requested, or no other one will be, this does not write.
        if entry.state.load(Ordering::Relaxed) != OPEN {
            return None;
        }
        let took = took.as_nanos() as u64;
        let spent = entry.spent.fetch_add(took, Ordering::Relaxed) + took;
        let worthwhile = self.choices.worthwhile.get(entry.measurements())?;
        if Duration::from_nanos(spent) < *worthwhile {
            return None;
        }
        self.request_now(template)
    }

    /// Requests a measurement if none is requested already.
    pub(super) fn request_now(self, template: &Template) -> Option<Box<Measurement>> {
        let entry = self.choices.entry(self.shape);
        entry
            .state
            .compare_exchange(OPEN, REQUESTED, Ordering::Relaxed, Ordering::Relaxed)
            .ok()?;
        Some(Box::new(Measurement {
            undecided: self,
            template: template.hardest().with_few_repetitions(),
            is_settled: false,
        }))
    }
}

/// A requested measurement. If it is dropped before it has begun, or stopped, it can be requested again.
pub(crate) struct Measurement {
    undecided: Undecided,
    template: Template,
    is_settled: bool,
}

impl Measurement {
    /// Measures. This ends soon after `stopped` returns true, without a result.
    pub(crate) fn run(mut self, stopped: &dyn Fn() -> bool) {
        // This is right if a kernel panics, since it would do so again, and if there is only one.
        self.is_settled = true;
        let platform = Platform::detect();
        let scanners: Vec<_> = Kernel::ALL
            .into_iter()
            .filter_map(|kernel| platform.scanner(&self.template, kernel))
            .collect();
        let Undecided { choices, shape, .. } = self.undecided;
        if scanners.len() > 1 {
            let entry = choices.entry(shape);
            let before = entry.measurements();
            if let Some(mut measured) = (choices.measure)(&scanners, &self.template, stopped) {
                if let Some(earlier) = entry.measured() {
                    measured = measured.or_better(earlier);
                }
                entry.measured[before].get_or_init(|| Arc::new(measured));
            }
            self.is_settled = entry.measurements() == MEASUREMENTS;
        }
    }

    /// Gives up for the life of the process. What is known about the shape stays in force.
    pub(crate) fn give_up(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Measurement {
    fn drop(&mut self) {
        let state = if self.is_settled { SETTLED } else { OPEN };
        let Undecided { choices, shape, .. } = self.undecided;
        choices.entry(shape).state.store(state, Ordering::Relaxed);
    }
}
