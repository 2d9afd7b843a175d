//! Why a store cannot be opened, read or written.

use std::fmt;
use std::io;
use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_ERROR, SQLITE_IOERR_SHORT_READ};

use crate::hash::Hash;

/// Why a store cannot be opened, read or written. It is cheap to clone, since every call of a failed group gets its
/// own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another opener in this process, has opened the store.
    #[error("the store is in use by {}", holder(*.pid, *.this_process))]
    Locked {
        /// The process id of the owner, if it is known.
        pid: Option<u32>,
        /// Whether the owner is in this process.
        this_process: bool,
    },
    /// The store holds another chain.
    #[error("the store holds network {network:?} with genesis {genesis}")]
    WrongNetwork {
        /// The name of the network that it holds.
        network: String,
        /// The hash of the genesis block that it holds.
        genesis: Hash,
    },
    /// A newer version wrote the store.
    #[error("the store has schema {found}; this version supports schemas up to {supported}")]
    SchemaTooNew {
        /// The schema version of the store.
        found: i64,
        /// The newest schema version that is supported.
        supported: i64,
    },
    /// An older version wrote the directory, in a format that is no longer supported.
    #[error(
        "the directory holds {file}, which an older version wrote and this version cannot read"
    )]
    SchemaTooOld {
        /// The name of the file that shows this.
        file: String,
    },
    /// The content of the store contradicts itself.
    #[error("the store is damaged: {detail}")]
    Damaged {
        /// What is inconsistent. It names the record if that is known.
        detail: String,
    },
    /// Less space is free than must stay free, so no more blocks are accepted.
    #[error("only {available} bytes are free; {min_free} must stay free")]
    Full {
        /// The bytes that are free on the file system and within the file.
        available: u64,
        /// The bytes that must stay free.
        min_free: u64,
    },
    /// The file system or SQLite returned an error.
    #[error("{detail}")]
    Failed {
        /// The description of the error.
        detail: String,
        /// The error number of the operating system, if there is one.
        os_error: Option<i32>,
    },
}

impl StoreError {
    /// Returns an error for damage that `detail` describes.
    pub fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged {
            detail: detail.into(),
        }
    }

    /// Returns an error that does not come from the operating system.
    pub fn failed(detail: impl Into<String>) -> Self {
        Self::Failed {
            detail: detail.into(),
            os_error: None,
        }
    }

    /// Returns an error of the operating system. `action` describes what failed, such as "cannot open".
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
                    // The file ends before a page that it must have, or a statement is invalid. The statements here are
                    // valid for every sound file.
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
            // A column of another type, a missing row, or text that is not UTF-8. SQLite read it, so it is in the file.
            _ => Self::damaged(format!("SQLite: {error}")),
        }
    }
}

/// Returns whether the error is a failed flush. After one, earlier writes may be lost, too: the operating system may
/// have dropped the pages that it could not flush.
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
