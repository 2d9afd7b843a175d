//! Simulates a disk whose power may be cut. It may then hold any part of what was written since the last flush.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::random::Random;

/// The number of bytes that a disk writes completely or not at all.
const SECTOR: usize = 512;

type Versions = BTreeMap<usize, Vec<Vec<u8>>>;

/// The content of a file for programs, and the contents that are possible after a power cut.
#[derive(Debug, Default)]
struct Content {
    current: Vec<u8>,
    durable: Vec<u8>,
    /// The contents that were written to each sector since the last flush.
    versions: Versions,
    /// The contents that were written before a failed flush. A later flush does not write them.
    dropped: Versions,
    /// The lengths that the file had since the last flush.
    lengths: Vec<usize>,
    /// Whether the entry of the file in the directory has not been flushed yet.
    is_new: bool,
}

impl Content {
    fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        let first = offset.min(self.current.len()) / SECTOR;
        if end > self.current.len() {
            self.current.resize(end, 0);
            self.lengths.push(end);
        }
        self.current[offset..end].copy_from_slice(bytes);
        for sector in first..end.div_ceil(SECTOR) {
            let content = self.sector(sector);
            self.versions.entry(sector).or_default().push(content);
        }
    }

    /// Returns the current content of a sector, with zeros after the end of the file.
    fn sector(&self, sector: usize) -> Vec<u8> {
        let start = (sector * SECTOR).min(self.current.len());
        let end = (start + SECTOR).min(self.current.len());
        let mut content = self.current[start..end].to_vec();
        content.resize(SECTOR, 0);
        content
    }

    fn truncate(&mut self, length: usize) {
        self.current.resize(length, 0);
        self.lengths.push(length);
    }

    fn sync(&mut self) {
        self.durable.resize(self.current.len(), 0);
        for (sector, versions) in std::mem::take(&mut self.versions) {
            self.dropped.remove(&sector);
            if let Some(content) = versions.last() {
                put(&mut self.durable, sector, content);
            }
        }
        self.lengths.clear();
        self.is_new = false;
    }

    fn fail_sync(&mut self) {
        for (sector, versions) in std::mem::take(&mut self.versions) {
            self.dropped.entry(sector).or_default().extend(versions);
        }
    }

    fn image(&self, random: &mut Random) -> Vec<u8> {
        let mut image = self.durable.clone();
        let length = match random.below(self.lengths.len() as u64 + 1) as usize {
            0 => image.len(),
            choice => self.lengths[choice - 1],
        };
        image.resize(length, 0);
        // A disk that wrote almost nothing, or almost everything, is as likely as one in between.
        let kept = *random.pick(&[0, 10, 50, 90, 100]);
        let pending = self.dropped.iter().map(|entry| (entry, false));
        for ((&sector, versions), is_last_likely) in
            pending.chain(self.versions.iter().map(|entry| (entry, true)))
        {
            if random.percent(kept) {
                let is_last = is_last_likely && random.percent(70);
                let content = if is_last {
                    versions.last()
                } else {
                    Some(random.pick(versions))
                };
                put(&mut image, sector, content.expect("a version"));
            }
        }
        image
    }
}

fn put(bytes: &mut [u8], sector: usize, content: &[u8]) {
    let start = (sector * SECTOR).min(bytes.len());
    let end = (start + SECTOR).min(bytes.len());
    bytes[start..end].copy_from_slice(&content[..end - start]);
}

/// The files that were accessed through the VFS.
#[derive(Debug, Default)]
pub struct Disk {
    files: BTreeMap<PathBuf, Content>,
    /// Deleted files that may reappear, since the directory was not flushed afterwards.
    deleted: BTreeMap<PathBuf, Vec<u8>>,
}

impl Disk {
    /// Registers a file before it is opened. The content of an existing file counts as flushed.
    pub fn open(&mut self, path: &Path) {
        self.files.entry(path.to_owned()).or_insert_with(|| {
            let found = fs::read(path);
            let is_new = found.is_err();
            let durable = found.unwrap_or_default();
            Content {
                current: durable.clone(),
                durable,
                is_new,
                ..Content::default()
            }
        });
    }

    pub fn write(&mut self, path: &Path, bytes: &[u8], offset: usize) {
        self.file(path).write(bytes, offset);
    }

    pub fn truncate(&mut self, path: &Path, length: usize) {
        self.file(path).truncate(length);
    }

    /// Flushes a file. If the file is new, also flushes the directory, as SQLite does.
    pub fn sync(&mut self, path: &Path) {
        let file = self.file(path);
        let was_new = file.is_new;
        file.sync();
        if was_new {
            self.deleted.clear();
        }
    }

    pub fn fail_sync(&mut self, path: &Path) {
        self.file(path).fail_sync();
    }

    pub fn delete(&mut self, path: &Path) {
        if let Some(file) = self.files.remove(path)
            && !file.is_new
        {
            self.deleted.insert(path.to_owned(), file.durable);
        }
    }

    fn file(&mut self, path: &Path) -> &mut Content {
        self.files.get_mut(path).expect("an open file")
    }

    /// Writes a possible content of a directory after a power cut into another directory.
    pub fn image(&self, from: &Path, to: &Path, random: &mut Random) {
        for (path, durable) in &self.deleted {
            if random.percent(50) {
                fs::write(moved(path, to), durable).expect("a deleted file is back");
            }
        }
        for entry in fs::read_dir(from).expect("the files") {
            let path = entry.expect("a file").path();
            match self.files.get(&path) {
                Some(file) if file.is_new && random.percent(30) => {}
                Some(file) => {
                    fs::write(moved(&path, to), file.image(random)).expect("a file is written");
                }
                None => {
                    fs::copy(&path, moved(&path, to)).expect("a file is copied");
                }
            }
        }
    }
}

fn moved(path: &Path, to: &Path) -> PathBuf {
    to.join(path.file_name().expect("a name"))
}
