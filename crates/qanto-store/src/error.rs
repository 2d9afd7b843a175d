//! Why a store cannot be opened, read or written.

use std::fmt;
use std::io;
use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_ERROR, SQLITE_IOERR_SHORT_READ};

use crate::hash::Hash;

/// Why a store cannot be opened, read or written. Cheap to clone: every call of a failed group gets its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another opener in this one, has the store.
    #[error("the store is in use by {}", holder(*.pid, *.this_process))]
    Locked {
        /// Process id of the owner, when it is known.
        pid: Option<u32>,
        /// Whether the owner is in this process.
        this_process: bool,
    },
    /// The store holds another chain.
    #[error("the store holds network {network:?} with genesis {genesis}")]
    WrongNetwork {
        /// Name of the network it holds.
        network: String,
        /// Hash of the genesis block it holds.
        genesis: Hash,
    },
    /// A newer version wrote the store.
    #[error("the store has schema {found}; this version reads up to {supported}")]
    SchemaTooNew {
        /// The schema of the store.
        found: i64,
        /// The newest schema that this version reads.
        supported: i64,
    },
    /// An older version wrote the directory, in a format that is no longer read.
    #[error(
        "the directory holds {file}, which an older version wrote and this version cannot read"
    )]
    SchemaTooOld {
        /// Name of the file that tells.
        file: String,
    },
    /// The content of the store contradicts itself.
    #[error("the store is damaged: {detail}")]
    Damaged {
        /// What does not fit; it names the record where it can.
        detail: String,
    },
    /// Less than the reserve is free, so no more blocks are taken.
    #[error("{available} bytes are free, and {min_free} must stay free")]
    Full {
        /// Bytes that the file system and the file itself have left.
        available: u64,
        /// Bytes that must stay free.
        min_free: u64,
    },
    /// The file system or SQLite refused.
    #[error("{detail}")]
    Failed {
        /// What it said.
        detail: String,
        /// The error number of the operating system, when there is one.
        os_error: Option<i32>,
    },
}

impl StoreError {
    /// Damage, described by `detail`.
    pub fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged {
            detail: detail.into(),
        }
    }

    /// A failure that is not the operating system's.
    pub fn failed(detail: impl Into<String>) -> Self {
        Self::Failed {
            detail: detail.into(),
            os_error: None,
        }
    }

    /// An error of the operating system; `action` says what was attempted, as in "cannot open".
    pub fn io(action: &str, path: &Path, error: &io::Error) -> Self {
        Self::Failed {
            detail: format!("{action} {}: {error}", path.display()),
            os_error: error.raw_os_error(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(failure, message) => {
                let detail = match message {
                    Some(message) => format!("SQLite: {message}"),
                    None => format!("SQLite: {failure}"),
                };
                match failure.code {
                    // The file ends before a page that it must have; or a statement is wrong, which the statements here are
                    // only for a file that says otherwise.
                    _ if matches!(
                        failure.extended_code,
                        SQLITE_IOERR_SHORT_READ | SQLITE_ERROR
                    ) =>
                    {
                        Self::damaged(detail)
                    }
                    ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::damaged(detail),
                    ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked {
                        pid: None,
                        this_process: false,
                    },
                    _ => Self::failed(format!("{detail} (code {})", failure.extended_code)),
                }
            }
            // A column of another type, a missing row, text that is not UTF-8: SQLite read it, so the file has it.
            _ => Self::damaged(format!("SQLite: {error}")),
        }
    }
}

/// Whether a write to the disk was refused in a way after which what was written before may be lost, too: the
/// operating system may have dropped the pages that it could not flush.
pub fn is_failed_flush(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC};
    matches!(error, rusqlite::Error::SqliteFailure(failure, _)
        if matches!(failure.extended_code, SQLITE_IOERR_FSYNC | SQLITE_IOERR_DIR_FSYNC))
}

fn holder(pid: Option<u32>, this_process: bool) -> impl fmt::Display {
    match pid {
        _ if this_process => "this process".to_owned(),
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}
