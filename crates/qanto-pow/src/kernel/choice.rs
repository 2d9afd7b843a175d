//! The names of the kernels, and how a kernel is forced.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

/// An implementation of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// AVX-512, 16 nonces at a time, or 8 with hash functions of 64-bit words. Supports every template, except messages
    /// of several chunks with BLAKE3.
    Avx512,
    /// The rounds with the SHA extensions of x86, 4 nonces in turn, and the message schedule with AVX-512, 8 nonces at a
    /// time. Supports SHA-256 and SHA-256d.
    ShaNiAvx512,
    /// The SHA extensions of x86, 2 nonces in turn. Supports SHA-256 and SHA-256d of templates whose nonce ends in the
    /// last block of the message.
    ShaNi,
    /// AVX2, 8 nonces at a time, or 4 with hash functions of 64-bit words. Supports the templates that [`Self::Avx512`]
    /// supports.
    Avx2,
    /// The SHA2 instructions of ARMv8, 2 nonces in turn. Supports SHA-256 and SHA-256d of every template, and SHA-512 and
    /// SHA-512d where the processor has the instructions for them.
    Sha2,
    /// NEON of ARMv8, 4 nonces at a time, 8 with BLAKE3, or 2 with hash functions of 64-bit words. Supports the templates
    /// that [`Self::Avx512`] supports.
    Neon,
    /// Plain Rust. Runs on every machine, and supports every template.
    Portable,
}

impl Kernel {
    /// Every kernel, those of each architecture in the order from the one that is usually the fastest to the slowest. Where two
    /// of them take turns at being faster, the order is that of Intel's processors.
    pub const ALL: [Self; 7] = [
        Self::Avx512,
        Self::ShaNiAvx512,
        Self::ShaNi,
        Self::Avx2,
        Self::Sha2,
        Self::Neon,
        Self::Portable,
    ];

    /// The environment variable that names the kernel for every search whose options do not name one.
    pub const VARIABLE: &str = "QANTO_KERNEL";

    /// Returns the name, as it is parsed and displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::ShaNiAvx512 => "sha-ni-avx512",
            Self::ShaNi => "sha-ni",
            Self::Avx2 => "avx2",
            Self::Sha2 => "sha2",
            Self::Neon => "neon",
            Self::Portable => "portable",
        }
    }

    /// Parses the value of [`Self::VARIABLE`]. An empty value counts as unset.
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

/// Why a kernel was selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The job's options name it.
    Option,
    /// The environment variable [`Kernel::VARIABLE`] names it.
    Variable,
    /// It is usually the fastest kernel, of those that this machine can run and that support the template's shape.
    Detection,
    /// Of those kernels, it was measured to be the fastest on this machine, or as fast as the fastest.
    Measurement,
    /// The kernel that was asked for does not support the template's shape, so the portable one was selected.
    Shape,
}

impl Reason {
    /// Returns the name, as it is displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Option => "option",
            Self::Variable => "variable",
            Self::Detection => "detection",
            Self::Measurement => "measurement",
            Self::Shape => "shape",
        }
    }
}

/// The error for a name that no kernel has.
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

/// Why the kernel that was asked for is not available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KernelUnavailable {
    /// This machine cannot run it.
    #[error("kernel must be one that this machine can run; got {0}")]
    Unsupported(Kernel),
    /// The value of [`Kernel::VARIABLE`] is not the name of a kernel.
    #[error("environment variable {variable}: {0}", variable = Kernel::VARIABLE)]
    Unknown(#[from] UnknownKernel),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_forces_the_kernel_that_it_names() {
        for kernel in Kernel::ALL {
            let value = OsStr::new(kernel.name());
            assert_eq!(Kernel::forced_by(Some(value)), Ok(Some(kernel)));
        }
    }

    #[test]
    fn a_variable_that_is_unset_or_empty_forces_no_kernel() {
        assert_eq!(Kernel::forced_by(None), Ok(None));
        assert_eq!(Kernel::forced_by(Some(OsStr::new(""))), Ok(None));
    }

    #[test]
    fn an_unknown_name_in_the_variable_is_refused_with_a_list_of_the_known_ones() {
        let error = Kernel::forced_by(Some(OsStr::new("avx1024"))).map_err(KernelUnavailable::from);
        assert_eq!(
            error.expect_err("unknown").to_string(),
            "environment variable QANTO_KERNEL: kernel must be one of avx512, sha-ni-avx512, sha-ni, avx2, sha2, neon, portable; got \"avx1024\""
        );
    }
}
