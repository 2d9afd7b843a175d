//! The search of one job: it divides the nonce space of each template into batches, and decides which hits are the first
//! ones. This module has no threads or clocks of its own.
//!
//! Workers claim batches of a template in ascending order and always finish what they claimed. No batch of a template is
//! claimed after as many hits were recorded as are wanted. Therefore, when no worker is left, every nonce below the highest
//! of these hits has been hashed, and they are the first ones, however many workers there were.
//!
//! A batch whose hashes take long is done in steps. It can be *suspended* between two of them, and any worker goes on with it.
//! It is *abandoned* if it no longer matters: after a stop, or behind the hits that are wanted. What other workers have found
//! behind a batch that a stop has interrupted does not count, because there may be a hit before it.
//!
//! A search of several templates ends as a search of one after the other would, which also defines what its budget is
//! spent on. The workers nevertheless take different templates, as long as there are enough of them: a worker that has a
//! template for itself hashes no nonce in vain after the last hit.

mod pace;
mod part;

use std::time::Duration;

use self::pace::Pace;
use self::part::Part;
pub(crate) use self::part::Range;
use crate::kernel::Steps;
use crate::sync::{Mutex, lock};

/// The time that a batch should take.
///
/// It is short enough to cancel a job promptly. It is long enough to make the cost between two batches negligible: two
/// locks, one reading of the clock, and the start of the kernel, all of which are cold in the caches.
pub(crate) const BATCH_DURATION: Duration = Duration::from_micros(250);

/// A contiguous range of nonces of one template, claimed by one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The number of the worker.
    pub(crate) worker: usize,
    /// The index of the template.
    pub(crate) part: usize,
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// The number of hits after which the rest of the batch need not be hashed.
    pub(crate) wanted: usize,
}

/// A batch whose steps a worker has begun.
pub(crate) struct Suspended {
    pub(crate) batch: Batch,
    pub(crate) steps: Box<dyn Steps>,
    /// The time that its steps have taken.
    pub(crate) took: Duration,
}

/// Why a search ended before its range did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Cancelled,
    TimedOut,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All hits were found. This is the first one of the first template.
    Hit(u64),
    Stopped(Stop),
    /// The whole range of a template holds too few hits. `truncated` tells whether the hash budget ends it before the nonce
    /// space does.
    RangeDone {
        truncated: bool,
    },
    Panicked(String),
}

pub(crate) struct Search {
    state: Mutex<State>,
    /// The number of hits that are wanted of each template.
    wanted: usize,
    budget: u128,
}

struct State {
    parts: Vec<Part>,
    /// The number of parts at the beginning that are done.
    done: usize,
    /// The number of hashes that these parts take.
    done_cost: u128,
    /// The lengths of the next batches of parts that are alike.
    paces: Vec<Pace>,
    /// The batches that wait for a worker that goes on with them. All of them still matter.
    suspended: Vec<Suspended>,
    hashes: u64,
    stop: Option<Stop>,
    panic: Option<String>,
}

impl Search {
    /// Creates a search for the first `wanted` hits of each range, which covers at most `max_hashes` nonces.
    pub(crate) fn new(
        ranges: impl IntoIterator<Item = Range>,
        wanted: usize,
        max_hashes: Option<u64>,
    ) -> Self {
        let mut paces = Vec::new();
        let parts = ranges.into_iter().map(|range| {
            if paces.is_empty() || !range.is_like_previous {
                paces.push(Pace::new(range.lanes));
            }
            Part::new(&range, paces.len() - 1)
        });
        Self {
            state: Mutex::new(State {
                parts: parts.collect(),
                done: 0,
                done_cost: 0,
                paces,
                suspended: Vec::new(),
                hashes: 0,
                stop: None,
                panic: None,
            }),
            wanted,
            budget: max_hashes.map_or(u128::MAX, u128::from),
        }
    }

    /// Returns the length of the first batch.
    pub(crate) fn first_batch_len(&self) -> u64 {
        lock(&self.state).paces[0].len(0)
    }

    /// Claims the next batch for the worker number 0. Returns `None` if there is nothing left to claim.
    pub(crate) fn claim(&self) -> Option<Batch> {
        self.claim_for(0)
    }

    /// Claims the next batch for a worker. The numbers of workers are small. Returns `None` if there is nothing left to claim.
    pub(crate) fn claim_for(&self, worker: usize) -> Option<Batch> {
        let mut state = lock(&self.state);
        let (index, end) = self.pick(&state)?;
        let State { parts, paces, .. } = &mut *state;
        let part = &mut parts[index];
        let left = u64::try_from(end - part.next).unwrap_or(u64::MAX);
        let batch = Batch {
            worker,
            part: index,
            first: part.next as u64,
            count: paces[part.pace].len(worker).min(left),
            wanted: part.missing(self.wanted),
        };
        part.next += u128::from(batch.count);
        part.batches += 1;
        Some(batch)
    }

    /// Lets other workers go on with a batch, or abandons it.
    pub(crate) fn suspend(&self, suspended: Suspended) {
        let mut state = lock(&self.state);
        state.suspended.push(suspended);
        self.drop_suspended(&mut state);
    }

    /// Returns the first of the suspended batches, with which the caller goes on.
    pub(crate) fn resume(&self, worker: usize) -> Option<Suspended> {
        let mut state = lock(&self.state);
        let places = state.suspended.iter().enumerate();
        let (first, _) = places.min_by_key(|(_, suspended)| {
            let Batch { part, first, .. } = suspended.batch;
            (part, first)
        })?;
        let mut suspended = state.suspended.swap_remove(first);
        suspended.batch.worker = worker;
        Some(suspended)
    }

    /// Returns whether the result of a batch still matters.
    fn is_needed(&self, state: &State, batch: Batch) -> bool {
        let is_stopped = state.stop.is_some() || state.panic.is_some();
        !is_stopped && !state.parts[batch.part].has_hits_before(batch.first, self.wanted)
    }

    /// Abandons the suspended batches that are no longer needed, and counts the parts that are done.
    fn drop_suspended(&self, state: &mut State) {
        for suspended in std::mem::take(&mut state.suspended) {
            if self.is_needed(state, suspended.batch) {
                state.suspended.push(suspended);
            } else {
                let Batch { part, first, .. } = suspended.batch;
                state.parts[part].abandon(first, self.wanted);
            }
        }
        self.count_done(state);
    }

    /// Counts the parts at the beginning that are done.
    fn count_done(&self, state: &mut State) {
        let State {
            parts,
            done,
            done_cost,
            ..
        } = state;
        while let Some(part) = parts.get(*done).filter(|part| part.is_done(self.wanted)) {
            *done_cost += part.cost;
            *done += 1;
        }
    }

    /// Records a finished batch and its hits in ascending order, and adapts the length of the worker's batches to the time
    /// that it took. Returns the number of hashes that it counts for: all of them, or those up to the last hit that it was to find.
    pub(crate) fn complete(&self, batch: Batch, hits: &[u64], took: Duration) -> u64 {
        let hashes = match hits.last() {
            Some(&last) if hits.len() >= batch.wanted => last - batch.first + 1,
            _ => batch.count,
        };
        let mut state = lock(&self.state);
        let State { parts, paces, .. } = &mut *state;
        let part = &mut parts[batch.part];
        part.complete(hits, self.wanted);
        if hashes == batch.count {
            paces[part.pace].adapt(batch.worker, batch.count, took);
        }
        self.drop_suspended(&mut state);
        state.hashes = state.hashes.saturating_add(hashes);
        hashes
    }

    /// Ends the search before the end of its range. Only the first reason is kept.
    pub(crate) fn stop(&self, reason: Stop) {
        let mut state = lock(&self.state);
        state.stop.get_or_insert(reason);
        self.drop_suspended(&mut state);
    }

    /// Ends the search because a worker panicked in a batch, whose result is lost.
    pub(crate) fn panicked(&self, message: String) {
        let mut state = lock(&self.state);
        state.panic.get_or_insert(message);
        self.drop_suspended(&mut state);
    }

    /// Returns whether there is nothing left to claim.
    pub(crate) fn is_closed(&self) -> bool {
        let state = lock(&self.state);
        state.suspended.is_empty() && self.pick(&state).is_none()
    }

    /// Returns the number of nonces hashed so far.
    pub(crate) fn hashes(&self) -> u64 {
        lock(&self.state).hashes
    }

    /// Returns how the search ended. The search must be closed, and all its batches must be complete.
    ///
    /// A panic takes precedence over a hit, since the lost batch may have held an earlier hit. All hits, or a whole range
    /// with too few of them, take precedence over a stop that came too late to prevent them.
    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict_of(&lock(&self.state))
    }

    /// Returns the first hits of each template, at most as many as are wanted. The search must be closed, and all its
    /// batches must be complete.
    ///
    /// If the search was stopped, these are the hits that are known. If the range of a template holds too few hits, the
    /// templates after it have none here, whatever workers have found in the meantime. If a batch was lost, there are none
    /// at all.
    pub(crate) fn hits(&self) -> Vec<Vec<u64>> {
        let state = lock(&self.state);
        let verdict = self.verdict_of(&state);
        let is_stopped = matches!(verdict, Verdict::Stopped(_));
        let mut left = match verdict {
            Verdict::Panicked(_) => 0,
            _ => self.budget,
        };
        let hits_of = |part: &Part| {
            if is_stopped {
                return part.first_hits(self.wanted, part.end).to_vec();
            }
            let hits = part.first_hits(self.wanted, part.end_within(left));
            left = match hits.len() {
                found if found == self.wanted => left - part.cost_of_hits(hits),
                _ => 0,
            };
            hits.to_vec()
        };
        state.parts.iter().map(hits_of).collect()
    }

    /// Returns the part of the next batch and the end of its range.
    ///
    /// This is the first part on which the fewest workers are. A part that has ended with too few hits decides how the
    /// search ends, so the parts after it are left alone.
    fn pick(&self, state: &State) -> Option<(usize, u128)> {
        if state.stop.is_some() || state.panic.is_some() {
            return None;
        }
        let mut left = self.budget.saturating_sub(state.done_cost);
        let mut picked = None;
        let mut fewest = usize::MAX;
        for (index, part) in state.parts.iter().enumerate().skip(state.done) {
            let end = part.end_within(left);
            let is_short = part.missing(self.wanted) > 0;
            if is_short && part.next < end {
                if part.batches < fewest {
                    fewest = part.batches;
                    picked = Some((index, end));
                }
                if fewest == 0 {
                    break;
                }
            } else if is_short && part.batches == 0 {
                break;
            }
            left = left.saturating_sub(part.cost);
        }
        picked
    }

    fn verdict_of(&self, state: &State) -> Verdict {
        if let Some(message) = &state.panic {
            return Verdict::Panicked(message.clone());
        }
        let mut left = self.budget;
        for part in &state.parts {
            let end = part.end_within(left);
            let hits = part.first_hits(self.wanted, end);
            if hits.len() == self.wanted {
                left -= part.cost_of_hits(hits);
                continue;
            }
            return match &state.stop {
                Some(reason) if part.next < end => Verdict::Stopped(reason.clone()),
                _ => Verdict::RangeDone {
                    truncated: end < part.end,
                },
            };
        }
        let first = state.parts.first();
        Verdict::Hit(first.map_or(0, |part| part.first_hits(1, part.end)[0]))
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
