//! The files of a store: their names, and what must hold of them before SQLite opens them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// The file that versions before 0.2 kept their blocks in.
const OUTDATED: &str = "blocks.mdb";

/// The paths of a store's files.
#[derive(Clone, Debug)]
pub struct Files {
    /// The directory that holds all of them.
    pub directory: PathBuf,
    /// The blocks: an SQLite database.
    pub database: PathBuf,
    /// The database while it is being made; it gets its name when it is complete.
    pub unfinished: PathBuf,
    /// SQLite's write-ahead log.
    pub log: PathBuf,
    /// Locked by the owner; holds the owner's process id, except on Windows.
    pub lock: PathBuf,
    /// Windows keeps others from reading a locked file, so the process id has a file of its own there.
    pub owner: PathBuf,
    /// Number of the last transaction that was acknowledged.
    pub acknowledged: PathBuf,
    /// Space that is given up when pruning needs it.
    pub reserve: PathBuf,
}

impl Files {
    /// The files of the store in this directory.
    pub fn new(directory: &Path) -> Self {
        let file = |name: &str| directory.join(name);
        Self {
            directory: directory.to_owned(),
            database: file("blocks.db"),
            unfinished: file("blocks.db.new"),
            log: file("blocks.db-wal"),
            lock: file("lock"),
            owner: file("owner"),
            acknowledged: file("acknowledged"),
            reserve: file("reserve"),
        }
    }

    /// Refuses a directory that an older version used, and files that are not regular ones: opening a FIFO would wait
    /// for whoever writes to it.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.directory.join(OUTDATED).exists() {
            return Err(StoreError::SchemaTooOld {
                file: OUTDATED.to_owned(),
            });
        }
        for path in [
            &self.database,
            &self.unfinished,
            &self.log,
            &self.lock,
            &self.owner,
            &self.acknowledged,
            &self.reserve,
        ] {
            match fs::metadata(path) {
                Ok(metadata) if metadata.is_file() => {}
                Ok(_) => {
                    return Err(StoreError::failed(format!(
                        "{} is not a regular file",
                        path.display()
                    )));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::io("cannot look at", path, &error)),
            }
        }
        Ok(())
    }

    /// Bytes that all of them take.
    pub fn size(&self) -> u64 {
        [
            &self.database,
            &self.log,
            &self.lock,
            &self.acknowledged,
            &self.reserve,
        ]
        .iter()
        .filter_map(|path| fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum()
    }
}

/// Makes the directory and what is missing above it. Returns the lowest directory that was there before.
pub fn make_directory(directory: &Path) -> Result<PathBuf, StoreError> {
    let existing = directory
        .ancestors()
        .find(|path| path.is_dir())
        .unwrap_or(directory)
        .to_owned();
    fs::create_dir_all(directory)
        .map_err(|error| StoreError::io("cannot create", directory, &error))?;
    Ok(existing)
}

/// Flushes the directories from `directory` up to `last`: a new file survives a power loss only when the directory that
/// names it was flushed, and so on upwards.
pub fn sync_directories(directory: &Path, last: &Path) -> Result<(), StoreError> {
    // Windows cannot flush a directory, and need not.
    if cfg!(windows) {
        return Ok(());
    }
    for path in directory.ancestors() {
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(|error| StoreError::io("cannot flush", path, &error))?;
        if path == last {
            break;
        }
    }
    Ok(())
}

/// Which file a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The file that the path leads to now. On Windows, where an open file can be neither deleted nor replaced, all
    /// files that exist are the same to this.
    pub fn of_path(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::of(&metadata))
    }

    /// The file that is open.
    pub fn of_file(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::of(&metadata))
    }

    #[cfg(unix)]
    fn of(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    #[cfg(not(unix))]
    fn of(_: &fs::Metadata) -> Self {
        Self {
            device: 0,
            inode: 0,
        }
    }
}
