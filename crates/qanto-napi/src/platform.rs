//! What this machine can run, and what it would run.

use napi_derive::napi;
use qanto_pow::Kernel;
use qanto_pow::kernel::{self, Platform};

use crate::refusal::{Result, invalid_argument};
use crate::template::TemplateInput;

/// The kernels that this machine can run, the fastest first.
#[napi(ts_return_type = "Array<Kernel>")]
pub fn kernels() -> Vec<String> {
    let platform = Platform::detect();
    let known = Kernel::ALL.into_iter();
    known
        .filter(|&kernel| platform.supports(kernel))
        .map(|kernel| kernel.name().to_owned())
        .collect()
}

/// The extensions of the processor that kernels use and this machine has.
#[napi]
pub fn cpu_features() -> Vec<String> {
    let features = Platform::detect().features();
    features.into_iter().map(str::to_owned).collect()
}

/// The kernel that scans a template.
#[napi(object, object_from_js = false)]
pub struct KernelChoice {
    /// One of `kernels()`.
    #[napi(ts_type = "Kernel")]
    pub kernel: String,
    /// What decided.
    #[napi(ts_type = "'option' | 'variable' | 'detection' | 'shape'")]
    pub reason: String,
}

/// Which kernel scans the template when a job asks for this one, or for none.
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

/// The most hashes per CPU-second that the processor, at its present clock, could do with the template's kernel if
/// every cycle did as much as it can. None where the kernel's instructions have not been counted.
#[napi(catch_unwind)]
pub fn hash_ceiling(
    template: TemplateInput,
    #[napi(ts_arg_type = "Kernel")] kernel: String,
) -> Result<Option<f64>> {
    let template = template.into_template()?;
    let kernel = kernel.parse().map_err(invalid_argument)?;
    Ok(kernel::hash_ceiling(&template, kernel))
}
