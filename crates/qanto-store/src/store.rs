//! A database on a thread of its own. Calls return at once, and the thread answers through callbacks.
//!
//! Blocks that are appended while a transaction is being flushed share the next one. Between two transactions the
//! thread deletes pruned blocks and verifies checksums, in slices of a few milliseconds.

mod worker;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use self::worker::serve;
use crate::backup::{BackedUp, BackupProgress};
use crate::database::{HeadCursor, Options, Pruning, StoredBlock, Usage};
use crate::error::StoreError;
use crate::hash::Hash;
use crate::packed::{Blocks, Heads, WholeBlocks};
use crate::sync::lock;

/// The callback that receives the answer to a call, exactly once. If the reply is dropped unused, the callback receives
/// the error that the store is not open, so that no caller waits for ever.
pub struct Reply<T>(Option<Callback<T>>);

type Callback<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

impl<T> Reply<T> {
    /// Creates a reply that calls `callback` with the answer.
    pub fn new(callback: impl FnOnce(Result<T, StoreError>) + Send + 'static) -> Self {
        Self(Some(Box::new(callback)))
    }

    fn send(mut self, answer: Result<T, StoreError>) {
        if let Some(callback) = self.0.take() {
            callback(answer);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(callback) = self.0.take() {
            callback(Err(not_open()));
        }
    }
}

/// The content of a store that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The number of blocks that were ever appended.
    pub appended: u64,
    /// The state that the chain wrote last.
    pub state: Option<Vec<u8>>,
}

/// Whole blocks, the number at which the next ones begin, and whether the store has every block that was ever appended.
pub type BlockBatch = (WholeBlocks, Option<u64>, bool);

enum Request {
    Blocks(u64, Reply<BlockBatch>),
    Backup(PathBuf, Arc<BackupProgress>, Reply<BackedUp>),
    Heads(Option<HeadCursor>, Reply<(Heads, Option<HeadCursor>)>),
    Read(Hash, Reply<Option<StoredBlock>>),
    Append(Blocks, Option<Vec<u8>>, Reply<()>),
    Prune(Pruning, Reply<()>),
    Admit(u64, Reply<()>),
    Usage(Reply<Usage>),
    Verify(Reply<()>),
    Close(Reply<()>),
}

/// Numbers that any thread may read.
#[derive(Debug, Default)]
struct Gauges {
    available: AtomicU64,
    min_free: AtomicU64,
}

/// A store that is open or being opened. Dropping it closes it, and waits until it is closed.
pub struct Store {
    requests: Mutex<Option<Sender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    gauges: Arc<Gauges>,
}

impl Store {
    /// Opens the store in a directory. Calls before `opened` is answered wait for the opening.
    pub fn open(options: Options, opened: Reply<Opened>) -> Self {
        let (sender, receiver) = channel();
        let gauges = Arc::new(Gauges::default());
        let shared = Arc::clone(&gauges);
        let thread = thread::Builder::new()
            .name("qanto-store".to_owned())
            .spawn(move || serve(&options, opened, receiver, shared));
        // If the thread cannot be created, the receiver and `opened` are dropped, so `opened` is answered with an
        // error.
        Self {
            requests: Mutex::new(Some(sender)),
            thread: Mutex::new(thread.ok()),
            gauges,
        }
    }

    /// Reads the next heads of blocks that are held, and the cursor for the next call. The first call takes `None`, and
    /// the last one answers `None`.
    pub fn heads(&self, cursor: Option<HeadCursor>, reply: Reply<(Heads, Option<HeadCursor>)>) {
        self.ask(Request::Heads(cursor, reply));
    }

    /// Reads a block that is held or archived. The answer is `None` for other blocks.
    pub fn read(&self, hash: Hash, reply: Reply<Option<StoredBlock>>) {
        self.ask(Request::Read(hash, reply));
    }

    /// Reads whole blocks from a number on, see [`Database::blocks`].
    pub fn blocks(&self, from: u64, reply: Reply<BlockBatch>) {
        self.ask(Request::Blocks(from, reply));
    }

    /// Makes a backup in a directory that does not exist yet. Other calls go on meanwhile. A second backup fails while one is
    /// running. Returns the progress, with which the backup can also be cancelled.
    pub fn back_up(&self, target: PathBuf, reply: Reply<BackedUp>) -> Arc<BackupProgress> {
        let progress = Arc::new(BackupProgress::default());
        self.ask(Request::Backup(target, Arc::clone(&progress), reply));
        progress
    }

    /// Appends the blocks, all or none. The call is answered when they are durable.
    pub fn append(&self, blocks: Blocks, state: Option<Vec<u8>>, reply: Reply<()>) {
        self.ask(Request::Append(blocks, state, reply));
    }

    /// Does the pruning, completely or not at all.
    pub fn prune(&self, pruning: Pruning, reply: Reply<()>) {
        self.ask(Request::Prune(pruning, reply));
    }

    /// Checks whether there is space for this many more bytes of blocks.
    pub fn admit(&self, bytes: u64, reply: Reply<()>) {
        self.ask(Request::Admit(bytes, reply));
    }

    /// Measures the store and the space on its file system.
    pub fn usage(&self, reply: Reply<Usage>) {
        self.ask(Request::Usage(reply));
    }

    /// Verifies the checksum of every record, between other calls. The call is answered at the end, or at the first
    /// record that does not match.
    pub fn verify(&self, reply: Reply<()>) {
        self.ask(Request::Verify(reply));
    }

    /// Finishes the earlier calls and closes the store. Later calls fail.
    pub fn close(&self, reply: Reply<()>) {
        self.ask(Request::Close(reply));
        lock(&self.requests).take();
    }

    /// Returns the bytes that were free after the last transaction, on the file system and within the file.
    pub fn available(&self) -> u64 {
        self.gauges.available.load(Ordering::Relaxed)
    }

    /// Returns the bytes that must stay free.
    pub fn min_free(&self) -> u64 {
        self.gauges.min_free.load(Ordering::Relaxed)
    }

    fn ask(&self, request: Request) {
        // A request that cannot be sent is dropped with its reply, which then answers that the store is not open.
        if let Some(sender) = lock(&self.requests).as_ref() {
            let _ = sender.send(request);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        lock(&self.requests).take();
        if let Some(thread) = lock(&self.thread).take() {
            // The last reply may drop the store on the thread itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

fn not_open() -> StoreError {
    StoreError::failed("the store is not open")
}
