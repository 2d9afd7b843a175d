//! The state of the VFS in vfs.rs: the counted calls, and the calls that fail.

use std::ffi::c_int;
use std::fs;
use std::path::Path;

use rusqlite::ffi;

use super::disk::Disk;

/// A call that SQLite makes to the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    Size,
    Lock,
    Delete,
    Access,
}

impl Call {
    /// The error that SQLite's own VFS reports when such a call fails.
    fn code(self) -> c_int {
        match self {
            Self::Open => ffi::SQLITE_CANTOPEN,
            Self::Read => ffi::SQLITE_IOERR_READ,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Self::Sync => ffi::SQLITE_IOERR_FSYNC,
            Self::Size => ffi::SQLITE_IOERR_FSTAT,
            Self::Lock => ffi::SQLITE_IOERR_LOCK,
            Self::Delete => ffi::SQLITE_IOERR_DELETE,
            Self::Access => ffi::SQLITE_IOERR_ACCESS,
        }
    }
}

/// A fault: which calls fail, and how.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The number of the call, counted from 0 when the fault is set.
    pub at: u64,
    /// Whether all later calls fail, too.
    pub is_lasting: bool,
    /// If set, only calls of this kind fail.
    pub only: Option<Call>,
    /// If set, only writes fail, with the error that the disk is full.
    pub is_full: bool,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) calls: u64,
    pub(super) syncs: u64,
    pub(super) fault: Option<Fault>,
    pub(super) fired: Option<Call>,
    /// The number of the call at which the power is cut.
    pub(super) cut_at: Option<u64>,
    pub(super) is_cut: bool,
    pub(super) disk: Option<Disk>,
    /// The characteristics of the device. If this is `None`, those of SQLite's own VFS are used.
    pub(super) characteristics: Option<c_int>,
    /// The maximum size of all files of a directory together, in bytes.
    pub(super) quota: Option<u64>,
}

impl State {
    /// Counts a call. Returns the error if the call must fail.
    pub(super) fn count(&mut self, call: Call) -> Result<(), c_int> {
        let number = self.calls;
        self.calls += 1;
        self.syncs += u64::from(call == Call::Sync);
        if self.is_cut || self.cut_at.is_some_and(|at| number >= at) {
            self.is_cut = true;
            return Err(call.code());
        }
        match self.fault {
            Some(Fault {
                at,
                is_lasting,
                only,
                is_full,
            }) if (number == at || is_lasting && number > at)
                && (!is_full || call == Call::Write)
                && only.is_none_or(|only| only == call) =>
            {
                self.fired.get_or_insert(call);
                Err(if is_full {
                    ffi::SQLITE_FULL
                } else {
                    call.code()
                })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Returns whether the quota allows this file to grow to this length.
    pub(super) fn has_room(&self, path: &Path, end: u64) -> bool {
        let Some(quota) = self.quota else { return true };
        let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        let own = length(path);
        if end <= own {
            return true;
        }
        let all: u64 = fs::read_dir(path.parent().expect("a directory"))
            .expect("the files")
            .map(|entry| length(&entry.expect("a file").path()))
            .sum();
        all - own + end <= quota
    }
}
