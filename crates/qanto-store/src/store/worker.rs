//! The thread of a store, which answers the calls one after the other and works on while there are none.

mod backup;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Gauges, Opened, Reply, Request};
use crate::backup::BackupProgress;
use crate::database::{Database, Options, StoredBlock};
use crate::hash::Hash;
use crate::packed::Blocks;

/// The maximum size of a transaction.
const GROUP_BLOCKS: usize = 4096;
const GROUP_BYTES: usize = 16 << 20;

/// How long deletion pauses after a failure. The disk may have space again by then.
const DELETION_PAUSE: Duration = Duration::from_secs(1);

/// Runs the thread. A panic ends it, and all waiting calls are answered with the error that the store is not open.
pub(super) fn serve(
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
