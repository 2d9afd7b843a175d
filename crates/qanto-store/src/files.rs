//! The files of a store: their names, and the checks before SQLite opens them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// The file in which versions before 0.2 kept their blocks.
const OUTDATED: &str = "blocks.mdb";

/// The paths of a store's files.
#[derive(Clone, Debug)]
pub struct Files {
    /// The directory that holds all of them.
    pub directory: PathBuf,
    /// The SQLite database with the blocks.
    pub database: PathBuf,
    /// The database while it is being created. It is renamed when it is complete.
    pub unfinished: PathBuf,
    /// SQLite's write-ahead log.
    pub log: PathBuf,
    /// The lock file, which the owner locks. It contains the owner's process id, except on Windows.
    pub lock: PathBuf,
    /// The file with the owner's process id on Windows, where a locked file cannot be read.
    pub owner: PathBuf,
    /// The file with the number of the last acknowledged transaction.
    pub acknowledged: PathBuf,
    /// The file that reserves space, which is released when pruning needs it.
    pub reserve: PathBuf,
}

impl Files {
    /// Returns the paths for a store in this directory.
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

    /// Returns an error if an older version used the directory, or if a file is not a regular one: opening a FIFO would
    /// wait for a writer.
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
                Err(error) => {
                    return Err(StoreError::io("cannot read the metadata of", path, &error));
                }
            }
        }
        Ok(())
    }

    /// Returns the total size of the files, in bytes.
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

/// Creates the directory and its missing parents. Returns the lowest directory that already existed.
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

/// Flushes the directories from `directory` up to `last`. A new file or directory survives a power loss only if the
/// directory that contains it was flushed.
pub fn sync_directories(directory: &Path, last: &Path) -> Result<(), StoreError> {
    // Windows cannot flush a directory, and does not need to.
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

/// Identifies a file, independently of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Returns the id of the file at a path. On Windows, where an open file can be neither deleted nor replaced, all
    /// existing files have the same id.
    pub fn of_path(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::of(&metadata))
    }

    /// Returns the id of an open file.
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
