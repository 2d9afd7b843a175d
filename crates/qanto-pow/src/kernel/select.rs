//! The one place that selects a kernel for a template.

use std::sync::Arc;

use super::choice::{Kernel, KernelUnavailable, Reason};
use super::platform::Platform;
use super::scan::Scan;
use crate::template::Template;

/// A scanner, and the reason why its kernel was selected.
pub struct Selection {
    /// The scanner. [`Scan::kernel`] returns its kernel.
    pub scan: Arc<dyn Scan>,
    /// The reason why this kernel was selected.
    pub reason: Reason,
}

/// Prepares the scanner for a template: the fastest one that this machine can run and that supports the template's
/// shape, or the one that `choice` names, or else the one that the environment variable [`Kernel::VARIABLE`] names.
///
/// A kernel that was asked for and that does not support the template's shape is replaced by the portable one.
///
/// # Errors
///
/// Returns [`KernelUnavailable`] if this machine cannot run the kernel that was asked for, or if the environment
/// variable does not name a kernel.
pub fn select(template: &Template, choice: Option<Kernel>) -> Result<Selection, KernelUnavailable> {
    let platform = Platform::detect();
    let forced = match choice {
        Some(kernel) => Some((kernel, Reason::Option)),
        None => Kernel::forced_by(std::env::var_os(Kernel::VARIABLE).as_deref())?
            .map(|kernel| (kernel, Reason::Variable)),
    };
    let chosen = match forced {
        Some((kernel, _)) if !platform.supports(kernel) => {
            return Err(KernelUnavailable::Unsupported(kernel));
        }
        Some((kernel, reason)) => platform
            .scanner(template, kernel)
            .map(|scan| Selection { scan, reason }),
        None => Kernel::ALL
            .into_iter()
            .find_map(|kernel| platform.scanner(template, kernel))
            .map(|scan| Selection {
                scan,
                reason: Reason::Detection,
            }),
    };
    Ok(chosen.unwrap_or_else(|| Selection {
        scan: platform
            .scanner(template, Kernel::Portable)
            .expect("the portable kernel supports every shape"),
        reason: Reason::Shape,
    }))
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
