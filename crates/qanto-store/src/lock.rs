//! One owner a directory, over processes and threads. The operating system lets the lock go when the process ends,
//! however it ends, so nothing is left to clean up after a crash.
//!
//! The lock is `flock`'s (`LockFileEx` on Windows). It belongs to the open file, not to the process: closing another
//! descriptor of the same file does not release it, and a second opener in the same process is refused like any other.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::process;
use std::sync::{Mutex, PoisonError};

use crate::error::StoreError;
use crate::files::{FileId, Files};

/// The lock files that are held in this process. A process id alone does not tell: in two containers that share a
/// directory, two processes may have the same one.
static HELD: Mutex<Vec<FileId>> = Mutex::new(Vec::new());

/// How often a lock file is opened anew because it was replaced while it was being locked.
const ATTEMPTS: usize = 10;

/// The lock of a directory; released when it is dropped.
#[derive(Debug)]
pub struct WriterLock {
    id: FileId,
    /// `None` while it is dropped.
    file: Option<File>,
}

impl WriterLock {
    /// Takes the directory. Refuses at once when somebody else has it.
    pub fn acquire(files: &Files) -> Result<Self, StoreError> {
        let failed = |error| StoreError::io("cannot lock", &files.lock, &error);
        for _ in 0..ATTEMPTS {
            let mut file = open(&files.lock).map_err(failed)?;
            let id = FileId::of_file(&file).map_err(failed)?;
            // Whoever finds the file locked by this process finds it in the list, too.
            let mut held = held();
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(locked(files, held.contains(&id))),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Between opening and locking, the file may have been deleted, and another one locked in its place.
            if FileId::of_path(&files.lock).ok() != Some(id) {
                continue;
            }
            write_owner(files, &mut file);
            held.push(id);
            return Ok(Self {
                id,
                file: Some(file),
            });
        }
        Err(StoreError::failed(format!(
            "{} was replaced again and again while it was being locked",
            files.lock.display()
        )))
    }

    /// Whether the path still leads to the file that is locked.
    pub fn is_in_place(&self, files: &Files) -> bool {
        FileId::of_path(&files.lock).ok() == Some(self.id)
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let mut held = held();
        if let Some(position) = held.iter().position(|id| *id == self.id) {
            held.swap_remove(position);
        }
        self.file.take();
    }
}

fn held() -> std::sync::MutexGuard<'static, Vec<FileId>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// For the message of whoever is refused. On a full disk the id is missing, and the lock holds all the same.
fn write_owner(files: &Files, lock: &mut File) {
    let text = format!("{}\n", process::id());
    let _ = if cfg!(windows) {
        fs::write(&files.owner, text)
    } else {
        lock.set_len(0)
            .and_then(|()| lock.write_all(text.as_bytes()))
    };
}

fn locked(files: &Files, is_held_here: bool) -> StoreError {
    // On Windows all files are the same to `FileId`.
    let this_process = cfg!(unix) && is_held_here;
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
