//! Makes a backup on the thread of the store, without delaying its other calls.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::thread;

use super::Worker;
use crate::backup::{BackedUp, BackupProgress, Copy};
use crate::error::StoreError;
use crate::store::{Reply, Request, not_open};

impl Worker {
    /// Copies the database in steps, and answers other requests between them. Another thread verifies the copy.
    pub(super) fn back_up(
        &mut self,
        target: &Path,
        progress: Arc<BackupProgress>,
        reply: Reply<BackedUp>,
    ) {
        let finishing = self.finishing.as_ref();
        // When its caller has heard of the outcome, the thread may still be about to end.
        if finishing.is_some_and(|(thread, progress)| !progress.is_over() && !thread.is_finished())
        {
            return reply.send(Err(already_running()));
        }
        self.end_backup();
        let connection = self.database.connection();
        let copied =
            Copy::create(target, &self.options, self.database.copy_size()).and_then(|mut copy| {
                copy.copy(&connection, &progress, || self.serve_during_backup())?;
                Ok(copy)
            });
        let copy = match copied {
            Ok(copy) => copy,
            Err(error) => return reply.send(Err(error)),
        };
        let sequence = self.database.sequence();
        let shared = Arc::clone(&progress);
        let thread = thread::Builder::new()
            .name("qanto-backup".to_owned())
            .spawn(move || {
                let outcome = copy.finish(sequence, &progress);
                progress.end();
                reply.send(outcome);
            });
        // If the thread cannot be created, the reply is dropped, and so answered with an error.
        self.finishing = thread.ok().map(|thread| (thread, shared));
    }

    /// Answers the requests that wait. Returns an error if the store is to be closed.
    fn serve_during_backup(&mut self) -> Result<(), StoreError> {
        loop {
            let request = match self.waiting.pop_front() {
                Some(request) => request,
                None => match self.requests.try_recv() {
                    Ok(request) => request,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Err(not_open()),
                },
            };
            match request {
                Request::Close(_) => {
                    self.waiting.push_front(request);
                    return Err(not_open());
                }
                Request::Backup(_, _, reply) => reply.send(Err(already_running())),
                Request::Append(blocks, state, reply) => self.append(blocks, state, reply),
                other => self.answer(other),
            }
            self.publish();
        }
        self.work_in_background();
        Ok(())
    }

    /// Cancels the backup, and waits for its end.
    pub(super) fn end_backup(&mut self) {
        if let Some((thread, progress)) = self.finishing.take() {
            progress.cancel();
            let _ = thread.join();
        }
    }
}

fn already_running() -> StoreError {
    StoreError::failed("a backup is already running")
}
