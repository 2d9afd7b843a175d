//! A database on a thread of its own. Calls return at once, and the thread answers through callbacks.
//!
//! Blocks that are appended while a transaction is being flushed share the next one. Between two transactions the
//! thread deletes pruned blocks and verifies checksums, in slices of a few milliseconds.

mod backup;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::backup::{BackedUp, BackupProgress};
use crate::database::{Database, HeadCursor, Options, Pruning, StoredBlock, Usage};
use crate::error::StoreError;
use crate::hash::Hash;
use crate::packed::{Blocks, Heads, WholeBlocks};
use crate::sync::lock;

/// The maximum size of a transaction.
const GROUP_BLOCKS: usize = 4096;
const GROUP_BYTES: usize = 16 << 20;

/// How long deletion pauses after a failure. The disk may have space again by then.
const DELETION_PAUSE: Duration = Duration::from_secs(1);

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

/// Runs the thread. A panic ends it, and all waiting calls are answered with the error that the store is not open.
fn serve(
    options: &Options,
    opened: Reply<Opened>,
    requests: Receiver<Request>,
    gauges: Arc<Gauges>,
) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let database = match Database::open(options) {
            Ok(database) => database,
            Err(error) => return opened.send(Err(error)),
        };
        let worker = Worker {
            requests,
            waiting: VecDeque::new(),
            unindexed: Vec::new(),
            verifying: None,
            has_index_failed: false,
            deletion_pauses_until: None,
            gauges,
            options: options.clone(),
            finishing: None,
            database,
        };
        worker.publish();
        opened.send(Ok(Opened {
            appended: worker.database.appended(),
            state: worker.database.state().map(<[u8]>::to_vec),
        }));
        worker.run();
    }));
}

struct Worker {
    requests: Receiver<Request>,
    /// Requests that were received while a group of appends was collected.
    waiting: VecDeque<Request>,
    /// Reads of blocks that are not indexed yet. They are answered when the index is complete.
    unindexed: Vec<(Hash, Reply<Option<StoredBlock>>)>,
    /// The next record whose checksum is verified, and the reply of the verification.
    verifying: Option<(u64, Reply<()>)>,
    has_index_failed: bool,
    deletion_pauses_until: Option<Instant>,
    gauges: Arc<Gauges>,
    options: Options,
    /// The thread that verifies a backup, and the progress of the backup.
    finishing: Option<(JoinHandle<()>, Arc<BackupProgress>)>,
    database: Database,
}

impl Worker {
    fn run(mut self) {
        loop {
            let request = match self.next_request() {
                Next::Request(request) => request,
                Next::Idle => {
                    self.work_in_background();
                    continue;
                }
                Next::Ended => {
                    self.end_backup();
                    let Self { database, .. } = self;
                    let _ = database.close();
                    return;
                }
            };
            match request {
                Request::Close(reply) => {
                    self.end_backup();
                    self.end_verification();
                    let Self { database, .. } = self;
                    return reply.send(database.close());
                }
                Request::Append(blocks, state, reply) => self.append(blocks, state, reply),
                Request::Backup(target, progress, reply) => self.back_up(&target, progress, reply),
                other => self.answer(other),
            }
            self.publish();
            // Background work proceeds even under steady load.
            self.work_in_background();
        }
    }

    /// Returns the next request, and waits for it if there is nothing else to do.
    fn next_request(&mut self) -> Next {
        if let Some(request) = self.waiting.pop_front() {
            return Next::Request(request);
        }
        if self.has_background_work() {
            return match self.requests.try_recv() {
                Ok(request) => Next::Request(request),
                Err(TryRecvError::Empty) => Next::Idle,
                Err(TryRecvError::Disconnected) => Next::Ended,
            };
        }
        let received = match self.deletion_pauses_until {
            Some(until) if self.database.has_pending_deletion() => self
                .requests
                .recv_timeout(until.saturating_duration_since(Instant::now())),
            _ => self.requests.recv().map_err(Into::into),
        };
        match received {
            Ok(request) => Next::Request(request),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => Next::Idle,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }

    /// Writes the blocks, and those of the following append requests, in one transaction.
    fn append(&mut self, blocks: Blocks, state: Option<Vec<u8>>, reply: Reply<()>) {
        let (mut count, mut bytes) = (blocks.len(), blocks.byte_length());
        let mut group = vec![(blocks, state)];
        let mut replies = vec![reply];
        while count < GROUP_BLOCKS && bytes < GROUP_BYTES {
            match self
                .waiting
                .pop_front()
                .or_else(|| self.requests.try_recv().ok())
            {
                Some(Request::Append(blocks, state, reply)) => {
                    count += blocks.len();
                    bytes += blocks.byte_length();
                    group.push((blocks, state));
                    replies.push(reply);
                }
                Some(other) => {
                    self.waiting.push_front(other);
                    break;
                }
                None => break,
            }
        }
        let group: Vec<_> = group
            .iter()
            .map(|(blocks, state)| (blocks, state.as_deref()))
            .collect();
        let written = self.database.append(&group);
        self.publish();
        for reply in replies {
            reply.send(written.clone());
        }
    }

    fn answer(&mut self, request: Request) {
        let database = &mut self.database;
        match request {
            Request::Heads(cursor, reply) => {
                reply.send(database.heads(cursor.unwrap_or_default()));
            }
            Request::Read(hash, reply) => {
                if database.needs_index() && !self.has_index_failed && !database.is_indexed(&hash) {
                    self.unindexed.push((hash, reply));
                } else {
                    reply.send(database.read(&hash));
                }
            }
            Request::Blocks(from, reply) => {
                let batch = database.blocks(from);
                reply.send(batch.map(|(blocks, next)| (blocks, next, database.has_every_block())));
            }
            Request::Prune(pruning, reply) => {
                self.deletion_pauses_until = None;
                reply.send(database.prune(&pruning));
            }
            Request::Admit(bytes, reply) => reply.send(database.admit(bytes)),
            Request::Usage(reply) => reply.send(database.usage()),
            Request::Verify(reply) => {
                self.end_verification();
                self.verifying = Some((0, reply));
            }
            // `run` handles these.
            Request::Append(..) | Request::Backup(..) | Request::Close(_) => {}
        }
    }

    fn has_background_work(&self) -> bool {
        self.database.needs_checkpoint()
            || self.may_delete()
            || self.may_index()
            || !self.unindexed.is_empty()
            || self.verifying.is_some()
    }

    /// Returns whether blocks have yet to be indexed, unless this failed. Then each call that needs the index tries
    /// again, and answers with the error.
    fn may_index(&self) -> bool {
        self.database.needs_index() && !self.has_index_failed
    }

    fn may_delete(&self) -> bool {
        self.database.has_pending_deletion()
            && self
                .deletion_pauses_until
                .is_none_or(|until| until <= Instant::now())
    }

    /// Does one slice of background work.
    fn work_in_background(&mut self) {
        if self.database.needs_checkpoint() {
            // Nothing is lost if it fails, since the log still holds everything.
            let _ = self.database.checkpoint();
        } else if self.may_delete() {
            let deleted = self.database.delete_slice();
            self.deletion_pauses_until = deleted.is_err().then(|| Instant::now() + DELETION_PAUSE);
        } else if self.may_index() || !self.unindexed.is_empty() {
            if self.may_index() {
                self.has_index_failed = self.database.index_slice().is_err();
            }
            if !self.may_index() {
                for (hash, reply) in self.unindexed.drain(..) {
                    reply.send(self.database.read(&hash));
                }
            }
        } else if let Some((from, reply)) = self.verifying.take() {
            match self.database.verify_slice(from) {
                Ok(Some(next)) => self.verifying = Some((next, reply)),
                Ok(None) => reply.send(Ok(())),
                Err(error) => reply.send(Err(error)),
            }
        }
    }

    /// Ends the verification, and answers that no damage was found so far.
    fn end_verification(&mut self) {
        if let Some((_, reply)) = self.verifying.take() {
            reply.send(Ok(()));
        }
    }

    fn publish(&self) {
        let Gauges {
            available,
            min_free,
        } = &*self.gauges;
        available.store(self.database.available(), Ordering::Relaxed);
        min_free.store(self.database.min_free(), Ordering::Relaxed);
    }
}

enum Next {
    Request(Request),
    /// There is no request, but there is background work.
    Idle,
    /// There will be no more requests.
    Ended,
}
