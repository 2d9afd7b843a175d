//! The names of the kernels, and how one of them is forced.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

/// A way to scan nonces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// AVX-512: 16 nonces at a time. For templates whose nonce begins in the last block of the message; of BLAKE3
    /// those of one chunk.
    Avx512,
    /// The SHA extensions of x86: 2 nonces in turn. For the SHA-256 family and the templates that
    /// [`Self::Avx512`] is for.
    ShaNi,
    /// AVX2: 8 nonces at a time. For the templates that [`Self::Avx512`] is for.
    Avx2,
    /// Plain Rust on every machine, for every template.
    Portable,
}

impl Kernel {
    /// Every kernel, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::ShaNi, Self::Avx2, Self::Portable];

    /// The environment variable that forces a kernel, by its name, on every search that does not ask for one
    /// itself.
    pub const VARIABLE: &str = "QANTO_KERNEL";

    /// The name as it is parsed and displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::ShaNi => "sha-ni",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// What the value of [`Self::VARIABLE`] asks for; empty is as good as unset.
    pub(super) fn forced_by(value: Option<&OsStr>) -> Result<Option<Self>, UnknownKernel> {
        match value {
            None => Ok(None),
            Some(value) if value.is_empty() => Ok(None),
            Some(value) => value.to_string_lossy().parse().map(Some),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Why a template is scanned by one kernel and not by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The job's options ask for it.
    Option,
    /// The environment asks for it: [`Kernel::VARIABLE`].
    Variable,
    /// It is the fastest of this machine that knows the template's shape.
    Detection,
    /// The one that was asked for does not know the template's shape; the portable one knows every shape.
    Shape,
}

impl Reason {
    /// The name as it is displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Option => "option",
            Self::Variable => "variable",
            Self::Detection => "detection",
            Self::Shape => "shape",
        }
    }
}

/// A name that no kernel has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kernel must be one of {known}; got {0:?}", known = Kernel::ALL.map(Kernel::name).join(", "))]
pub struct UnknownKernel(pub String);

impl FromStr for Kernel {
    type Err = UnknownKernel;

    fn from_str(name: &str) -> Result<Self, UnknownKernel> {
        let named = Self::ALL.into_iter().find(|kernel| kernel.name() == name);
        named.ok_or_else(|| UnknownKernel(name.to_owned()))
    }
}

/// Why the kernel that was asked for cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KernelUnavailable {
    /// This machine cannot run it.
    #[error("kernel must be one that this machine can run; got {0}")]
    Unsupported(Kernel),
    /// [`Kernel::VARIABLE`] names none.
    #[error("environment variable {variable}: {0}", variable = Kernel::VARIABLE)]
    Unknown(#[from] UnknownKernel),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_forces_a_kernel_by_its_name() {
        for kernel in Kernel::ALL {
            let value = OsStr::new(kernel.name());
            assert_eq!(Kernel::forced_by(Some(value)), Ok(Some(kernel)));
        }
    }

    #[test]
    fn an_environment_without_the_variable_or_with_an_empty_one_forces_nothing() {
        assert_eq!(Kernel::forced_by(None), Ok(None));
        assert_eq!(Kernel::forced_by(Some(OsStr::new(""))), Ok(None));
    }

    #[test]
    fn an_unknown_name_in_the_environment_is_refused_and_says_which_are_known() {
        let error = Kernel::forced_by(Some(OsStr::new("avx1024"))).map_err(KernelUnavailable::from);
        assert_eq!(
            error.expect_err("unknown").to_string(),
            "environment variable QANTO_KERNEL: kernel must be one of avx512, sha-ni, avx2, portable; got \"avx1024\""
        );
    }
}
