//! The lock of a directory. A directory has at most one owner, among all threads of all processes. The operating system
//! releases the lock when the process ends in any way, so nothing has to be cleaned up after a crash.
//!
//! The lock is taken with `flock` (`LockFileEx` on Windows). It belongs to the open file, not to the process: closing
//! another descriptor of the same file does not release it, and a second opener in the same process is refused, too.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::process;
use std::sync::Mutex;

use crate::error::StoreError;
use crate::files::{FileId, Files};
use crate::sync::lock;

/// The lock files that this process has locked. The process id in the file is not sufficient: if two containers share a
/// directory, two processes may have the same id.
static LOCKED: Mutex<Vec<FileId>> = Mutex::new(Vec::new());

/// How often the lock file is opened again if it was replaced while it was being locked.
const ATTEMPTS: usize = 10;

/// The lock of a directory. It is released when it is dropped.
#[derive(Debug)]
pub struct WriterLock {
    id: FileId,
    /// `None` while the lock is dropped.
    file: Option<File>,
}

impl WriterLock {
    /// Locks the directory. If it is locked already, returns [`StoreError::Locked`] at once.
    pub fn acquire(files: &Files) -> Result<Self, StoreError> {
        let failed = |error| StoreError::io("cannot lock", &files.lock, &error);
        for _ in 0..ATTEMPTS {
            let mut file = open(&files.lock).map_err(failed)?;
            let id = FileId::of_file(&file).map_err(failed)?;
            // The list is locked first, so that it contains the file if this process has locked it.
            let mut in_this_process = lock(&LOCKED);
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(locked_error(files, in_this_process.contains(&id)));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // The file may have been replaced between opening and locking, and another one locked in its place.
            if FileId::of_path(&files.lock).ok() != Some(id) {
                continue;
            }
            write_owner(files, &mut file);
            in_this_process.push(id);
            return Ok(Self {
                id,
                file: Some(file),
            });
        }
        Err(StoreError::failed(format!(
            "{} was replaced repeatedly while it was being locked",
            files.lock.display()
        )))
    }

    /// Returns whether the path still leads to the locked file.
    pub fn is_in_place(&self, files: &Files) -> bool {
        FileId::of_path(&files.lock).ok() == Some(self.id)
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let mut in_this_process = lock(&LOCKED);
        if let Some(position) = in_this_process.iter().position(|id| *id == self.id) {
            in_this_process.swap_remove(position);
        }
        self.file.take();
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Writes the process id, which another opener reports in its error. On a full disk the id is missing, but the lock is
/// still effective.
fn write_owner(files: &Files, file: &mut File) {
    let text = format!("{}\n", process::id());
    let _ = if cfg!(windows) {
        fs::write(&files.owner, text)
    } else {
        file.set_len(0)
            .and_then(|()| file.write_all(text.as_bytes()))
    };
}

fn locked_error(files: &Files, is_locked_here: bool) -> StoreError {
    // On Windows all files have the same `FileId`.
    let this_process = cfg!(unix) && is_locked_here;
    let owner = if cfg!(windows) {
        &files.owner
    } else {
        &files.lock
    };
    let pid = if this_process {
        Some(process::id())
    } else {
        fs::read_to_string(owner)
            .ok()
            .and_then(|text| text.trim().parse().ok())
    };
    StoreError::Locked { pid, this_process }
}
