//! The kernels that this machine can run, and the one that it selects.

use napi_derive::napi;
use qanto_pow::Kernel;
use qanto_pow::kernel::{self, Platform};

use crate::error::{Result, invalid_argument};
use crate::template::TemplateInput;

/// Returns the kernels that this machine can run, fastest first.
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
    #[napi(ts_type = "'option' | 'variable' | 'detection' | 'shape'")]
    pub reason: String,
}

/// Returns the kernel that searches a template, if the options of a job name this kernel or none.
#[napi(catch_unwind)]
pub fn choose_kernel(
    template: TemplateInput,
    #[napi(ts_arg_type = "Kernel | undefined | null")] kernel: Option<String>,
) -> Result<KernelChoice> {
    let template = template.into_template()?;
    let option = kernel
        .map(|name| name.parse().map_err(invalid_argument))
        .transpose()?;
    let selection = kernel::select(&template, option).map_err(invalid_argument)?;
    Ok(KernelChoice {
        kernel: selection.scan.kernel().name().to_owned(),
        reason: selection.reason.name().to_owned(),
    })
}
