//! The kernels that this machine can run, and the one that it selects.

use napi_derive::napi;
use qanto_pow::kernel::{self, Platform, Selection};
use qanto_pow::{Kernel, KernelUnavailable, Template};

use crate::error::{Result, invalid_argument};
use crate::template::TemplateInput;

/// Returns the kernels that this machine can run, in the order from the one that is usually the fastest to the slowest.
#[napi(ts_return_type = "Array<Kernel>")]
pub fn kernels() -> Vec<String> {
    let platform = Platform::detect();
    let known = Kernel::ALL.into_iter();
    known
        .filter(|&kernel| platform.supports(kernel))
        .map(|kernel| kernel.name().to_owned())
        .collect()
}

/// Returns the processor features that a kernel uses and this machine has.
#[napi]
pub fn cpu_features() -> Vec<String> {
    let features = Platform::detect().features();
    features.into_iter().map(str::to_owned).collect()
}

/// The kernel that is selected for a template.
#[napi(object, object_from_js = false)]
pub struct KernelChoice {
    /// One of `kernels()`.
    #[napi(ts_type = "Kernel")]
    pub kernel: String,
    /// Why it was selected.
    #[napi(ts_type = "'option' | 'variable' | 'detection' | 'measurement' | 'shape'")]
    pub reason: String,
    /// If the reason is `measurement`: what was measured, with the kernel that was selected first.
    pub measured: Option<Vec<KernelRate>>,
}

/// The measured hash rate of a kernel.
#[napi(object, object_from_js = false)]
pub struct KernelRate {
    /// One of `kernels()`.
    #[napi(ts_type = "Kernel")]
    pub kernel: String,
    /// Hashes per second on one thread.
    pub hashes_per_second: f64,
}

impl From<Selection> for KernelChoice {
    fn from(selection: Selection) -> Self {
        let rate = |&(kernel, hashes_per_second): &(Kernel, f64)| KernelRate {
            kernel: kernel.name().to_owned(),
            hashes_per_second,
        };
        Self {
            kernel: selection.scan.kernel().name().to_owned(),
            reason: selection.reason.name().to_owned(),
            measured: selection
                .measured
                .map(|measured| measured.rates.iter().map(rate).collect()),
        }
    }
}

/// Returns the kernel that searches a template, if the options of a job name this kernel or none.
#[napi(catch_unwind)]
pub fn choose_kernel(
    template: TemplateInput,
    #[napi(ts_arg_type = "Kernel | undefined | null")] kernel: Option<String>,
) -> Result<KernelChoice> {
    chosen_by(kernel::select, template, kernel)
}

/// Measures the kernels for the shape of a template on the calling thread, which takes up to about 25 ms, unless the
/// process has measured them or a kernel is named. Then it returns what `chooseKernel` returns.
#[napi(catch_unwind)]
pub fn measure_kernels(
    template: TemplateInput,
    #[napi(ts_arg_type = "Kernel | undefined | null")] kernel: Option<String>,
) -> Result<KernelChoice> {
    chosen_by(kernel::measure_now, template, kernel)
}

fn chosen_by(
    select: impl Fn(&Template, Option<Kernel>) -> std::result::Result<Selection, KernelUnavailable>,
    template: TemplateInput,
    kernel: Option<String>,
) -> Result<KernelChoice> {
    let template = template.into_template()?;
    let option = kernel
        .map(|name| name.parse().map_err(invalid_argument))
        .transpose()?;
    let selection = select(&template, option).map_err(invalid_argument)?;
    Ok(selection.into())
}
