//! The one place that selects a kernel for a template.

use std::sync::Arc;

use super::choice::{Kernel, KernelUnavailable, Reason};
use super::choices::{Choices, Undecided};
use super::measure::Measured;
use super::platform::Platform;
use super::scan::Scan;
use super::shape::Shape;
use crate::template::Template;

const PORTABLE_SUPPORTS_ALL: &str = "the portable kernel supports every shape";

/// A scanner, and the reason why its kernel was selected.
#[derive(Clone)]
pub struct Selection {
    /// The scanner. [`Scan::kernel`] returns its kernel.
    pub scan: Arc<dyn Scan>,
    /// The reason why this kernel was selected.
    pub reason: Reason,
    /// If the reason is [`Reason::Measurement`]: what was measured.
    pub measured: Option<Arc<Measured>>,
    /// The shape, if a measurement may lead to another kernel.
    pub(crate) undecided: Option<Undecided>,
}

impl Selection {
    fn of(scan: Arc<dyn Scan>, reason: Reason) -> Self {
        Self {
            scan,
            reason,
            measured: None,
            undecided: None,
        }
    }

    /// Returns a selection that no measurement changes.
    #[cfg(test)]
    pub(crate) fn fixed(scan: Arc<dyn Scan>) -> Self {
        Self::of(scan, Reason::Option)
    }

    /// Returns how many times as fast as the fastest other kernel this one is. Returns `None` if the reason is not
    /// [`Reason::Measurement`].
    pub fn ratio(&self) -> Option<f64> {
        self.measured.as_ref()?.ratio(self.scan.kernel())
    }
}

/// Prepares the scanner for a template: the one that `choice` names, or else the one that the environment variable
/// [`Kernel::VARIABLE`] names, or else the fastest one that this machine can run and that supports the template's shape.
/// The fastest one is the one that was measured to be it, if templates of the shape have been measured in this process,
/// and otherwise the one that usually is.
///
/// A kernel that was asked for and that does not support the template's shape is replaced by the portable one.
///
/// # Errors
///
/// Returns [`KernelUnavailable`] if this machine cannot run the kernel that was asked for, or if the environment
/// variable does not name a kernel.
pub fn select(template: &Template, choice: Option<Kernel>) -> Result<Selection, KernelUnavailable> {
    select_by(template, choice, Choices::of_process())
}

/// Does what [`select`] does, by these measurements.
pub(crate) fn select_by(
    template: &Template,
    choice: Option<Kernel>,
    choices: &'static Choices,
) -> Result<Selection, KernelUnavailable> {
    let platform = Platform::detect();
    let forced = match choice {
        Some(kernel) => Some((kernel, Reason::Option)),
        None => Kernel::forced_by(std::env::var_os(Kernel::VARIABLE).as_deref())?
            .map(|kernel| (kernel, Reason::Variable)),
    };
    let portable = || {
        platform
            .scanner(template, Kernel::Portable)
            .expect(PORTABLE_SUPPORTS_ALL)
    };
    match forced {
        Some((kernel, _)) if !platform.supports(kernel) => {
            Err(KernelUnavailable::Unsupported(kernel))
        }
        Some((kernel, reason)) => Ok(match platform.scanner(template, kernel) {
            Some(scan) => Selection::of(scan, reason),
            None => Selection::of(portable(), Reason::Shape),
        }),
        None => Ok(fastest(template, platform, choices)),
    }
}

/// Returns the scanner of the kernel that was measured to be the fastest one, or else of the one that usually is.
fn fastest(template: &Template, platform: Platform, choices: &'static Choices) -> Selection {
    let shape = Shape::of(template);
    let undecided = shape.and_then(|shape| choices.undecided(shape, platform));
    let scanner = |kernel| platform.scanner(template, kernel);
    let measured = shape.and_then(|shape| choices.measured(shape));
    if let Some(measured) = measured
        && let Some(scan) = measured
            .rates
            .iter()
            .find_map(|&(kernel, _)| scanner(kernel))
    {
        return Selection {
            measured: Some(Arc::clone(measured)),
            undecided,
            ..Selection::of(scan, Reason::Measurement)
        };
    }
    let scan = Kernel::ALL.into_iter().find_map(scanner);
    Selection {
        undecided,
        ..Selection::of(scan.expect(PORTABLE_SUPPORTS_ALL), Reason::Detection)
    }
}

/// Measures the kernels for the template's shape now, on this thread, unless this process has done so or a kernel was
/// asked for. Then it selects as [`select`] does. This is for benchmarks. It takes up to about 25 ms.
///
/// # Errors
///
/// Returns the errors of [`select`].
pub fn measure_now(
    template: &Template,
    choice: Option<Kernel>,
) -> Result<Selection, KernelUnavailable> {
    let selection = select(template, choice)?;
    let undecided = selection.undecided.filter(|_| selection.measured.is_none());
    match undecided.map(|shape| shape.request_now(template)) {
        Some(Some(measurement)) => {
            measurement.run(&|| false);
            select(template, choice)
        }
        _ => Ok(selection),
    }
}

/// Prepares the scanner that [`select`] selects.
///
/// # Errors
///
/// Returns the errors of [`select`].
pub fn prepare(
    template: &Template,
    choice: Option<Kernel>,
) -> Result<Arc<dyn Scan>, KernelUnavailable> {
    select(template, choice).map(|selection| selection.scan)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::kernel::MEASUREMENTS;
    use crate::test_process::this_test_file;
    use crate::{Algorithm, NonceEncoding, NonceField, Target};

    fn header() -> Template {
        let field = NonceField {
            offset: 76,
            encoding: NonceEncoding::U32Le,
        };
        Template::new(Algorithm::Sha256d, vec![0; 80], field, Target::MAX).expect("valid")
    }

    fn kernels() -> Vec<Kernel> {
        let platform = Platform::detect();
        let all = Kernel::ALL.into_iter();
        all.filter(|&kernel| platform.supports(kernel)).collect()
    }

    /// Choices whose measurement finds that the usual order is the wrong one.
    fn reversed() -> &'static Choices {
        let measure = |scanners: &[Arc<dyn Scan>], _: &Template, _: &dyn Fn() -> bool| {
            let rates = scanners.iter().zip(1u32..);
            let rates = rates.map(|(scan, rank)| (scan.kernel(), f64::from(rank)));
            Some(Measured::new(rates.collect()))
        };
        Box::leak(Box::new(Choices::new(
            [Duration::ZERO; MEASUREMENTS],
            Box::new(measure),
        )))
    }

    fn selected(template: &Template, choices: &'static Choices) -> Selection {
        select_by(template, None, choices).expect("no kernel is asked for")
    }

    /// Measures the template's shape, if this machine has several kernels. Returns whether it has.
    fn measured(template: &Template, choices: &'static Choices) -> bool {
        let undecided = selected(template, choices).undecided;
        let Some(undecided) = undecided else {
            assert_eq!(kernels().len(), 1);
            return false;
        };
        undecided
            .request_now(template)
            .expect("the first request")
            .run(&|| false);
        true
    }

    #[test]
    fn the_kernel_that_was_measured_to_be_the_fastest_is_selected_for_every_template_of_the_shape()
    {
        let choices = reversed();
        if !measured(&header(), choices) {
            return;
        }
        let selection = selected(&header(), choices);
        assert_eq!(selection.scan.kernel(), Kernel::Portable);
        assert_eq!(selection.reason, Reason::Measurement);
        assert!(selection.ratio() > Some(1.0));
        let rolling = header().with_version_rolling(2).expect("a header");
        let other = selected(&rolling, choices);
        assert_eq!((other.reason, other.ratio()), (Reason::Detection, None));
    }

    #[test]
    fn a_kernel_that_is_asked_for_takes_precedence_over_the_measurement() {
        let choices = reversed();
        measured(&header(), choices);
        for kernel in kernels() {
            let selection = select_by(&header(), Some(kernel), choices).expect("supported");
            assert_eq!(
                (selection.scan.kernel(), selection.reason),
                (kernel, Reason::Option)
            );
            assert!(selection.undecided.is_none());
        }
    }

    #[test]
    fn the_next_kernel_of_the_order_is_selected_if_the_first_does_not_support_the_template() {
        let measure = |_: &[Arc<dyn Scan>], _: &Template, _: &dyn Fn() -> bool| {
            let rates = [(Kernel::ShaNi, 9.0), (Kernel::Portable, 1.0)];
            Some(Measured::new(rates.to_vec()))
        };
        let choices: &'static Choices = Box::leak(Box::new(Choices::new(
            [Duration::ZERO; MEASUREMENTS],
            Box::new(measure),
        )));
        let field = NonceField {
            offset: 0,
            encoding: NonceEncoding::U32Le,
        };
        let first_block = Template::new(Algorithm::Sha256, vec![0; 80], field, Target::MAX);
        let first_block = first_block.expect("valid");
        if measured(&first_block, choices) {
            let selection = selected(&first_block, choices);
            assert_eq!(selection.scan.kernel(), Kernel::Portable);
        }
    }

    #[test]
    fn a_measurement_that_was_given_up_is_not_requested_again() {
        let choices = reversed();
        let Some(undecided) = selected(&header(), choices).undecided else {
            assert_eq!(kernels().len(), 1);
            return;
        };
        let measurement = undecided.request_now(&header()).expect("the first request");
        assert!(undecided.request_now(&header()).is_none());
        measurement.give_up();
        assert!(undecided.request_now(&header()).is_none());
        let selection = selected(&header(), choices);
        assert_eq!(selection.reason, Reason::Detection);
        assert!(selection.undecided.is_none());
    }

    #[test]
    fn a_shape_is_measured_several_times_and_the_best_rate_of_each_kernel_counts() {
        let [slow, fast] = [Kernel::Avx2, Kernel::Portable];
        let rounds = std::sync::atomic::AtomicUsize::new(0);
        let measure = move |_: &[Arc<dyn Scan>], _: &Template, _: &dyn Fn() -> bool| {
            // The first measurement is disturbed.
            let round = rounds.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let rates = [
                (slow, 2.0 - round as f64 / 10.0),
                (fast, [1.0, 3.0, 2.5][round]),
            ];
            Some(Measured::new(rates.to_vec()))
        };
        let choices: &'static Choices = Box::leak(Box::new(Choices::new(
            [Duration::ZERO; MEASUREMENTS],
            Box::new(measure),
        )));
        let expected = [
            [(slow, 2.0), (fast, 1.0)],
            [(fast, 3.0), (slow, 2.0)],
            [(fast, 3.0), (slow, 2.0)],
        ];
        for rates in expected {
            if !measured(&header(), choices) {
                return;
            }
            let found = selected(&header(), choices).measured.expect("measured");
            assert_eq!(found.rates, rates);
        }
        assert!(selected(&header(), choices).undecided.is_none());
    }

    #[test]
    fn a_measurement_that_was_dropped_before_its_end_can_be_requested_again() {
        if let Some(undecided) = selected(&header(), reversed()).undecided {
            drop(undecided.request_now(&header()).expect("the first request"));
            assert!(undecided.request_now(&header()).is_some());
        }
    }

    #[test]
    #[ignore = "a case of the next test"]
    fn prints_whether_a_job_may_be_measured() {
        let selection = select(&header(), None).expect("a kernel of this machine");
        println!(
            "\nmay be measured: {}, by {}",
            selection.undecided.is_some(),
            selection.reason.name()
        );
    }

    #[test]
    fn nothing_is_measured_for_a_job_whose_kernel_the_variable_names() {
        // In a process of its own, because other threads of this one read its environment.
        for kernel in kernels() {
            let case = "kernel::select::tests::prints_whether_a_job_may_be_measured";
            let output = this_test_file()
                .args(["--exact", "--nocapture", "--ignored", case])
                .env(Kernel::VARIABLE, kernel.name())
                .output()
                .expect("starts");
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                text.contains("may be measured: false, by variable"),
                "{text}"
            );
        }
    }
}
