//! The errors of the binding. Each has a `code`, which is the same as that of the TypeScript error.

use std::fmt::Display;

use napi::Status;
use napi::bindgen_prelude::Error;
use qanto_pow::SubmitError;

/// The `code` of an error that JavaScript catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidArgument,
    InvalidTraceFilter,
    PoolInUse,
    QueueFull,
    ShutDown,
    ThreadsUnavailable,
    /// An error of Node-API itself.
    NodeApi(Status),
}

pub type Result<T> = std::result::Result<T, Error<Code>>;

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        match self {
            Self::InvalidArgument => "ERR_QANTO_INVALID_ARGUMENT",
            Self::InvalidTraceFilter => "ERR_QANTO_INVALID_TRACE_FILTER",
            Self::PoolInUse => "ERR_QANTO_POOL_IN_USE",
            Self::QueueFull => "ERR_QANTO_QUEUE_FULL",
            Self::ShutDown => "ERR_QANTO_SHUT_DOWN",
            Self::ThreadsUnavailable => "ERR_QANTO_THREADS_UNAVAILABLE",
            Self::NodeApi(status) => status.as_ref(),
        }
    }
}

impl Code {
    /// Returns an error with this code. `reason` is its message.
    pub fn error(self, reason: impl Display) -> Error<Self> {
        Error::new(self, reason.to_string())
    }
}

/// Returns the error for an invalid argument, which TypeScript should have rejected.
pub fn invalid_argument(reason: impl Display) -> Error<Code> {
    Code::InvalidArgument.error(reason)
}

/// Returns the error for a failed call of Node-API.
pub fn node_api(error: Error) -> Error<Code> {
    Error::new(Code::NodeApi(error.status), error.reason)
}

/// Returns the error for a job that the pool refused.
pub fn refused_job(error: &SubmitError) -> Error<Code> {
    let code = match error {
        SubmitError::QueueFull { .. } => Code::QueueFull,
        SubmitError::ThreadCreation { .. } => Code::ThreadsUnavailable,
        SubmitError::ShutDown => Code::ShutDown,
        SubmitError::StartNonce { .. }
        | SubmitError::Threads { .. }
        | SubmitError::Kernel(_)
        | SubmitError::NothingWanted => Code::InvalidArgument,
    };
    code.error(error)
}
