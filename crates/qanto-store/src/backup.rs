//! Backups of a store: a copy of the database in a new directory, which is a store itself.
//!
//! SQLite copies the pages in small steps on the connection of the store, and copies a page again if a transaction changes it
//! meanwhile. So transactions go on, and the copy contains all of them up to its last step.
//!
//! Until it is complete and verified, a backup is in a directory with another name, in a file with another name. Therefore a
//! backup that was interrupted in any way is never mistaken for a complete one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::database::{Database, HeadCursor, Options};
use crate::error::StoreError;
use crate::files::{Files, make_directory, sync_directories};
use crate::lock::WriterLock;
use crate::reserve::Room;

/// What is appended to the name of a directory while the backup in it is not complete.
const UNFINISHED: &str = ".partial";

/// The pages that are copied in one step: 512 KiB, which takes about a millisecond.
const STEP_PAGES: i32 = 32;

/// After this number of steps, what was copied is flushed: 2 MiB. If all of a large copy were flushed at its end, the transactions
/// of the store would wait for the disk meanwhile.
const STEPS_PER_FLUSH: usize = 4;

/// The space that a backup needs in addition to the pages.
const MARGIN_BYTES: u64 = 2 << 20;

/// The error number of a full disk.
const ENOSPC: i32 = 28;

/// How far a backup is, and whether it was cancelled. Any thread may use it.
#[derive(Debug, Default)]
pub struct BackupProgress {
    done: AtomicU64,
    total: AtomicU64,
    is_cancelled: AtomicBool,
    is_over: AtomicBool,
}

impl BackupProgress {
    /// Returns how much is done of how much. The unit is a page that is copied and verified.
    pub fn get(&self) -> (u64, u64) {
        (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }

    /// Cancels the backup.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return Err(StoreError::failed("the backup was cancelled"));
        }
        Ok(())
    }

    /// Notes that the outcome is known. The caller of the backup hears of it only after this.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    fn set(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }
}

/// A complete backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// The number of blocks that were ever appended.
    pub appended: u64,
    /// The number of blocks that are held.
    pub held: u64,
    /// The size of the files, in bytes.
    pub size: u64,
}

/// An unfinished backup. If it is dropped, its files are deleted.
#[derive(Debug)]
pub struct Copy {
    target: PathBuf,
    /// The lowest directory that existed before.
    existing: PathBuf,
    files: Files,
    options: Options,
    connection: Option<Connection>,
    /// The file of the copy, if it was flushed. It stays open as long as the connection, because closing it would release the
    /// locks that SQLite has on it.
    file: Option<File>,
    pages: u64,
    /// `None` once the backup is complete.
    lock: Option<WriterLock>,
}

impl Copy {
    /// Creates a directory beside `target`, which must not exist. What an interrupted backup has left there is deleted.
    /// `options` are those of the store that is copied.
    pub fn create(target: &Path, options: &Options, bytes: u64) -> Result<Self, StoreError> {
        require_absent(target)?;
        let mut name = target.to_owned().into_os_string();
        name.push(UNFINISHED);
        let directory = PathBuf::from(name);
        let files = Files::new(&directory);
        let existing = make_directory(&directory)?;
        files.check()?;
        let lock = WriterLock::acquire(&files)?;
        let copy = Self {
            target: target.to_owned(),
            existing,
            options: Options {
                directory,
                // The backup may take the last space of its file system. A node that uses it later has a minimum of its own.
                min_free: Some(0),
                ..options.clone()
            },
            files,
            connection: None,
            file: None,
            pages: 0,
            lock: Some(lock),
        };
        copy.delete_leftovers()?;
        copy.require_space(bytes)?;
        Ok(copy)
    }

    /// Copies the first pages. Must be called before [`Copy::steps`].
    fn open(&mut self) -> Result<&mut Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_CREATE;
        let path = &self.files.unfinished;
        let connection = match &self.options.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
            None => Connection::open_with_flags(path, flags)?,
        };
        // Nobody reads the file before it is complete, and then it is flushed. So it needs no journal.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let _: String = connection.query_row("PRAGMA journal_mode = OFF", [], |row| row.get(0))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Ok(self.connection.insert(connection))
    }

    /// Copies all pages of `source`. Between two steps it calls `serve`, which may write to `source`, and whose error ends the
    /// backup.
    pub fn copy(
        &mut self,
        source: &Connection,
        progress: &BackupProgress,
        mut serve: impl FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Files {
            directory,
            unfinished,
            ..
        } = self.files.clone();
        let failed = |error: rusqlite::Error| named(StoreError::from(error), &directory);
        let mut file = None;
        let connection = self.open()?;
        let backup = Backup::new(source, connection).map_err(failed)?;
        let mut steps = 0;
        let pages = loop {
            progress.check()?;
            let step = backup.step(STEP_PAGES).map_err(failed)?;
            let state = backup.progress();
            let count = |pages: i32| u64::try_from(pages).unwrap_or(0);
            let pages = count(state.pagecount);
            // The other half is the verification.
            progress.set(pages - count(state.remaining).min(pages), 2 * pages);
            if matches!(step, StepResult::Done) {
                break pages;
            }
            steps += 1;
            if steps % STEPS_PER_FLUSH == 0 {
                flush(&mut file, &unfinished)?;
            }
            serve()?;
        };
        drop(backup);
        self.pages = pages;
        self.file = file;
        Ok(())
    }

    /// Flushes and verifies the copy, and gives it its name. `sequence` is the number of the last transaction that it must
    /// contain. This does not use the store that was copied, so it may run on another thread.
    pub fn finish(
        mut self,
        sequence: u64,
        progress: &BackupProgress,
    ) -> Result<BackedUp, StoreError> {
        if let Some(connection) = self.connection.take() {
            connection
                .close()
                .map_err(|(_, error)| named(StoreError::from(error), &self.files.directory))?;
        }
        let Files {
            unfinished,
            database,
            directory,
            ..
        } = self.files.clone();
        flush(&mut self.file, &unfinished)?;
        self.file = None;
        fs::rename(&unfinished, &database)
            .map_err(|error| StoreError::io("cannot write", &database, &error))?;
        // The store is opened as a node will open it, which takes the lock.
        self.lock = None;
        let verified = self.verify(sequence, progress);
        // If another process has taken the lock meanwhile, the files are no longer those of this backup.
        let lock = WriterLock::acquire(&self.files);
        let backed_up = match (verified, lock) {
            (Ok(backed_up), Ok(lock)) => {
                self.lock = Some(lock);
                backed_up
            }
            (Ok(_), Err(error)) => return Err(error),
            (Err(error), lock) => {
                self.lock = lock.ok();
                return Err(error);
            }
        };
        require_absent(&self.target)?;
        sync_directories(&directory, &directory)?;
        if cfg!(windows) {
            // Windows cannot rename a directory with an open file.
            self.lock = None;
        }
        fs::rename(&directory, &self.target)
            .map_err(|error| StoreError::io("cannot create", &self.target, &error))?;
        self.lock = None;
        let parent = self.target.parent().unwrap_or(&self.target);
        let last = if self.existing == directory {
            parent
        } else {
            &self.existing
        };
        sync_directories(parent, last)?;
        Ok(backed_up)
    }

    /// Compares every record with its checksum.
    fn verify(&self, sequence: u64, progress: &BackupProgress) -> Result<BackedUp, StoreError> {
        let mut database = Database::open(&self.options)?;
        if database.sequence() != sequence {
            return Err(StoreError::damaged(format!(
                "the copy ends with transaction {} instead of {sequence}",
                database.sequence()
            )));
        }
        let mut cursor = Some(HeadCursor::default());
        while let Some(next) = cursor {
            progress.check()?;
            (_, cursor) = database.heads(next)?;
            database.forget_index();
        }
        let appended = database.appended();
        let mut from = Some(0);
        while let Some(number) = from {
            progress.check()?;
            from = database.verify_slice(number)?;
            let verified =
                self.pages as f64 * from.unwrap_or(appended) as f64 / appended.max(1) as f64;
            progress.set(self.pages + verified as u64, 2 * self.pages);
        }
        let held = database.held();
        database.close()?;
        Ok(BackedUp {
            appended,
            held,
            size: self.files.size(),
        })
    }

    fn require_space(&self, bytes: u64) -> Result<(), StoreError> {
        let needed = bytes.saturating_add(MARGIN_BYTES);
        match Room::of(&self.files.directory) {
            Ok(room) if room.available < needed => Err(StoreError::Failed {
                detail: format!(
                    "the backup needs {needed} bytes, and the file system of {} has only {} left",
                    self.target.display(),
                    room.available
                ),
                os_error: Some(ENOSPC),
            }),
            _ => Ok(()),
        }
    }

    /// Deletes the files of an interrupted backup.
    fn delete_leftovers(&self) -> Result<(), StoreError> {
        let Files {
            unfinished,
            database,
            log,
            acknowledged,
            reserve,
            ..
        } = &self.files;
        let mut journal = unfinished.clone().into_os_string();
        journal.push("-journal");
        for path in [
            unfinished,
            database,
            log,
            acknowledged,
            reserve,
            &journal.into(),
        ] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("cannot delete", path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        drop(self.connection.take());
        drop(self.file.take());
        // Without the lock, the files may be those of another backup.
        if self.lock.is_none() {
            return;
        }
        let _ = self.delete_leftovers();
        for path in [&self.files.lock, &self.files.owner] {
            let _ = fs::remove_file(path);
        }
        // This fails if the directory has other files, which are kept.
        let _ = fs::remove_dir(&self.files.directory);
        self.lock = None;
    }
}

/// Flushes what SQLite has written to the file at `path`, which is opened the first time.
fn flush(file: &mut Option<File>, path: &Path) -> Result<(), StoreError> {
    let flushed = match file {
        Some(file) => file.sync_all(),
        None => {
            let opened = File::options().read(true).write(true).open(path);
            opened.and_then(|opened| file.insert(opened).sync_all())
        }
    };
    flushed.map_err(|error| StoreError::io("cannot write", path, &error))
}

/// Returns an error if something has this name.
fn require_absent(target: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::io(
            "cannot read the metadata of",
            target,
            &error,
        )),
        Ok(_) => Err(StoreError::failed(format!(
            "{} exists already",
            target.display()
        ))),
    }
}

/// Adds the directory to an error of SQLite, whose messages name no file.
fn named(error: StoreError, directory: &Path) -> StoreError {
    match error {
        StoreError::Failed { detail, os_error } => StoreError::Failed {
            detail: format!("cannot write the copy in {}: {detail}", directory.display()),
            os_error,
        },
        other => other,
    }
}
