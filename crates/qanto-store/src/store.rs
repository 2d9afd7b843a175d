//! A database on a thread of its own. Calls return at once; the answer comes through a callback, on that thread.
//!
//! Blocks that are appended while a transaction is being flushed share the next one. Between two transactions the thread
//! deletes what was pruned and compares records with their checksums, a slice at a time.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::database::{Database, HeadCursor, Options, Pruning, StoredBlock, Usage};
use crate::error::StoreError;
use crate::hash::Hash;
use crate::packed::{Blocks, Heads};

/// Bounds of one transaction.
const GROUP_BLOCKS: usize = 4096;
const GROUP_BYTES: usize = 16 << 20;

/// How long deletion rests after it failed: the disk may have room again then.
const DELETION_PAUSE: Duration = Duration::from_secs(1);

/// What is asked, answered once. An answer that is dropped unused says that the thread has ended, so that nobody waits for
/// ever.
pub struct Reply<T>(Option<Callback<T>>);

type Callback<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

impl<T> Reply<T> {
    /// Calls this with the answer.
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

/// What a store holds when it has been opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How many blocks were ever appended.
    pub appended: u64,
    /// What the chain wrote last.
    pub state: Option<Vec<u8>>,
}

enum Request {
    Heads(Option<HeadCursor>, Reply<(Heads, Option<HeadCursor>)>),
    Read(Hash, Reply<Option<StoredBlock>>),
    Append(Blocks, Option<Vec<u8>>, Reply<()>),
    Prune(Pruning, Reply<()>),
    Admit(u64, Reply<()>),
    Usage(Reply<Usage>),
    Verify(Reply<()>),
    Close(Reply<()>),
}

/// Numbers that may be looked at from any thread.
#[derive(Debug, Default)]
struct Gauges {
    available: AtomicU64,
    min_free: AtomicU64,
}

/// A store that is open, or being opened. Dropping it closes it and waits until it is closed.
pub struct Store {
    requests: Mutex<Option<Sender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    gauges: Arc<Gauges>,
}

impl Store {
    /// Opens the store in a directory. Everything that is asked before `opened` is answered waits for it.
    pub fn open(options: Options, opened: Reply<Opened>) -> Self {
        let (sender, receiver) = channel();
        let gauges = Arc::new(Gauges::default());
        let shared = Arc::clone(&gauges);
        let thread = thread::Builder::new()
            .name("qanto-store".to_owned())
            .spawn(move || serve(&options, opened, receiver, shared));
        // Without a thread the receiver is gone, and with it the reply: it says that the store is not open.
        Self {
            requests: Mutex::new(Some(sender)),
            thread: Mutex::new(thread.ok()),
            gauges,
        }
    }

    /// The next heads of blocks that are held, and where to go on. Begin with `None`; it ends with `None`.
    pub fn heads(&self, cursor: Option<HeadCursor>, reply: Reply<(Heads, Option<HeadCursor>)>) {
        self.ask(Request::Heads(cursor, reply));
    }

    /// A block that is held or archived; `None` for others.
    pub fn read(&self, hash: Hash, reply: Reply<Option<StoredBlock>>) {
        self.ask(Request::Read(hash, reply));
    }

    /// Adds the blocks, all or none. Answered when they are durable.
    pub fn append(&self, blocks: Blocks, state: Option<Vec<u8>>, reply: Reply<()>) {
        self.ask(Request::Append(blocks, state, reply));
    }

    /// Drops what is behind the pruning point, all or nothing.
    pub fn prune(&self, pruning: Pruning, reply: Reply<()>) {
        self.ask(Request::Prune(pruning, reply));
    }

    /// Whether there is room for so many more bytes of blocks.
    pub fn admit(&self, bytes: u64, reply: Reply<()>) {
        self.ask(Request::Admit(bytes, reply));
    }

    /// What the store takes, and what room there is.
    pub fn usage(&self, reply: Reply<Usage>) {
        self.ask(Request::Usage(reply));
    }

    /// Compares every record with its checksum, between other calls. Answered at the end, or at the first that is wrong.
    pub fn verify(&self, reply: Reply<()>) {
        self.ask(Request::Verify(reply));
    }

    /// Finishes what was asked before and closes. Whatever is asked afterwards fails.
    pub fn close(&self, reply: Reply<()>) {
        self.ask(Request::Close(reply));
        lock(&self.requests).take();
    }

    /// Bytes that were free after the last transaction, those within the file included.
    pub fn available(&self) -> u64 {
        self.gauges.available.load(Ordering::Relaxed)
    }

    /// Bytes that must stay free.
    pub fn min_free(&self) -> u64 {
        self.gauges.min_free.load(Ordering::Relaxed)
    }

    fn ask(&self, request: Request) {
        // A request that cannot be sent is dropped, and with it its reply, which says that the store is not open.
        if let Some(sender) = lock(&self.requests).as_ref() {
            let _ = sender.send(request);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        lock(&self.requests).take();
        if let Some(thread) = lock(&self.thread).take() {
            // It may be dropped by the last reply, on the thread itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_open() -> StoreError {
    StoreError::failed("the store is not open")
}

/// The thread's life. A panic ends it: all that waits is told that the store is not open.
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
            verifying: None,
            deletion_rests_until: None,
            gauges,
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
    /// Requests that were taken while a group was collected.
    waiting: VecDeque<Request>,
    /// Where the comparison with the checksums has come to, and who waits for it.
    verifying: Option<(u64, Reply<()>)>,
    deletion_rests_until: Option<Instant>,
    gauges: Arc<Gauges>,
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
                    let Self { database, .. } = self;
                    let _ = database.close();
                    return;
                }
            };
            match request {
                Request::Close(reply) => {
                    self.end_verification();
                    let Self { database, .. } = self;
                    return reply.send(database.close());
                }
                Request::Append(blocks, state, reply) => self.append(blocks, state, reply),
                other => self.answer(other),
            }
            self.publish();
            // Under steady load, too, a little is done at a time.
            self.work_in_background();
        }
    }

    /// The next request, waiting for it when there is nothing else to do.
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
        let received = match self.deletion_rests_until {
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

    /// Writes the blocks, and those that are asked to be appended after them, in one transaction.
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
            Request::Read(hash, reply) => reply.send(database.read(&hash)),
            Request::Prune(pruning, reply) => {
                self.deletion_rests_until = None;
                reply.send(database.prune(&pruning));
            }
            Request::Admit(bytes, reply) => reply.send(database.admit(bytes)),
            Request::Usage(reply) => reply.send(database.usage()),
            Request::Verify(reply) => {
                self.end_verification();
                self.verifying = Some((0, reply));
            }
            // Taken care of by `run`.
            Request::Append(..) | Request::Close(_) => {}
        }
    }

    fn has_background_work(&self) -> bool {
        self.database.needs_checkpoint() || self.may_delete() || self.verifying.is_some()
    }

    fn may_delete(&self) -> bool {
        self.database.has_pending_deletion()
            && self
                .deletion_rests_until
                .is_none_or(|until| until <= Instant::now())
    }

    /// One slice of what is to be done besides answering.
    fn work_in_background(&mut self) {
        if self.database.needs_checkpoint() {
            // Nothing is lost when it fails: the log still holds everything.
            let _ = self.database.checkpoint();
        } else if self.may_delete() {
            let deleted = self.database.delete_slice();
            self.deletion_rests_until = deleted.is_err().then(|| Instant::now() + DELETION_PAUSE);
        } else if let Some((from, reply)) = self.verifying.take() {
            match self.database.verify_slice(from) {
                Ok(Some(next)) => self.verifying = Some((next, reply)),
                Ok(None) => reply.send(Ok(())),
                Err(error) => reply.send(Err(error)),
            }
        }
    }

    /// Whoever waits for the comparison is told that nothing wrong was found so far.
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
    /// Nothing is asked, and there is background work.
    Idle,
    /// Nothing will be asked any more.
    Ended,
}
