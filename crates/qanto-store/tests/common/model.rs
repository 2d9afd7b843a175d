//! A simple model of the content of a store, and the steps that change both.

use std::collections::BTreeSet;
use std::time::Instant;

use qanto_store::{Database, HeadCursor, Pruning, StoreError, StoredBlock, Trusted};

use super::random::Random;
use super::{PATIENCE, TestBlock, block_of, pack, verify};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Held,
    Archived,
    Dropped,
}

#[derive(Clone, Debug)]
struct Entry {
    kept: Kept,
    has_body: bool,
    record: Option<Vec<u8>>,
}

/// The content that a store must hold.
#[derive(Clone, Debug, Default)]
pub struct Model {
    entries: Vec<Entry>,
    state: Option<Vec<u8>>,
}

/// A change of a store.
#[derive(Clone, Debug)]
pub enum Step {
    /// Appends groups, each with this number of blocks and a state.
    Append(Vec<(u64, Option<Vec<u8>>)>),
    /// Prunes: the numbers of the dropped blocks; and for the trusted blocks their numbers, whether they are settled,
    /// and their records.
    Prune {
        dropped: Vec<u64>,
        trusted: Vec<(u64, bool, Vec<u8>)>,
        state: Vec<u8>,
        archive: bool,
    },
    DeleteSlice,
    Checkpoint,
    /// Closes the store and opens it again. The caller does this.
    Reopen,
}

/// Returns the block with this number. Some blocks have bodies of several pages.
pub fn numbered(number: u64) -> TestBlock {
    block_of(
        number,
        match number % 41 {
            40 => 20_000,
            20 => 0,
            rest => 100 + rest as usize * 40,
        },
    )
}

impl Model {
    pub fn appended(&self) -> u64 {
        self.entries.len() as u64
    }

    fn held(&self) -> Vec<u64> {
        let is_held = |number: &u64| self.entries[*number as usize].kept == Kept::Held;
        (0..self.appended()).filter(is_held).collect()
    }

    /// Returns a pruning of this percentage of the held blocks.
    pub fn pruning(&self, percent: u64, archive: bool, random: &mut Random) -> Step {
        let held = self.held();
        let (mut dropped, mut trusted) = (Vec::new(), Vec::new());
        // Blocks are kept singly and in groups of various lengths.
        let mut stays = false;
        for &number in &held[..held.len() * percent as usize / 100] {
            if random.percent(if stays { 30 } else { 10 }) {
                stays = !stays;
            }
            if stays {
                let length = if random.percent(2) {
                    20_000
                } else {
                    random.below(200)
                };
                let record = (0..length).map(|byte| (byte + number) as u8).collect();
                trusted.push((number, random.percent(50), record));
            } else {
                dropped.push(number);
            }
        }
        Step::Prune {
            dropped,
            trusted,
            state: state_of(random),
            archive,
        }
    }

    /// Returns a random step.
    pub fn step(&self, random: &mut Random) -> Step {
        match random.below(20) {
            0..=9 => {
                let groups = random.within(1..4);
                let group = |_| {
                    let most = *random.pick(&[2, 8, 60]);
                    (
                        random.below(most),
                        random.percent(50).then(|| state_of(random)),
                    )
                };
                Step::Append((0..groups).map(group).collect())
            }
            10..=11 => self.pruning(random.within(1..80), random.percent(25), random),
            12..=15 => Step::DeleteSlice,
            16..=17 => Step::Checkpoint,
            _ => Step::Reopen,
        }
    }

    /// Returns the model after the step.
    pub fn after(&self, step: &Step) -> Self {
        let mut model = self.clone();
        match step {
            Step::Append(groups) => {
                for (count, state) in groups {
                    for _ in 0..*count {
                        model.entries.push(Entry {
                            kept: Kept::Held,
                            has_body: true,
                            record: None,
                        });
                    }
                    if state.is_some() {
                        model.state.clone_from(state);
                    }
                }
            }
            Step::Prune {
                dropped,
                trusted,
                state,
                archive,
            } => {
                for &number in dropped {
                    let entry = &mut model.entries[number as usize];
                    entry.kept = if *archive {
                        Kept::Archived
                    } else {
                        Kept::Dropped
                    };
                    entry.record = None;
                }
                for (number, is_settled, record) in trusted {
                    let entry = &mut model.entries[*number as usize];
                    entry.record = Some(record.clone());
                    entry.has_body &= *archive || !is_settled;
                }
                model.state = Some(state.clone());
            }
            Step::DeleteSlice | Step::Checkpoint | Step::Reopen => {}
        }
        model
    }

    /// Applies the step to a store that holds what the model holds.
    pub fn apply(&self, step: &Step, database: &mut Database) -> Result<(), StoreError> {
        match step {
            Step::Append(groups) => {
                let mut next = self.appended();
                let packed: Vec<_> = groups
                    .iter()
                    .map(|(count, state)| {
                        let blocks: Vec<_> = (next..next + count).map(numbered).collect();
                        next += count;
                        (pack(&blocks), state)
                    })
                    .collect();
                let groups: Vec<_> = packed
                    .iter()
                    .map(|(blocks, state)| (blocks, state.as_deref()))
                    .collect();
                database.append(&groups)
            }
            Step::Prune {
                dropped,
                trusted,
                state,
                archive,
            } => database.prune(&Pruning {
                dropped: dropped
                    .iter()
                    .map(|&number| numbered(number).hash)
                    .collect(),
                trusted: trusted
                    .iter()
                    .map(|(number, is_settled, record)| Trusted {
                        hash: numbered(*number).hash,
                        is_settled: *is_settled,
                        record: record.clone(),
                    })
                    .collect(),
                state: state.clone(),
                archive: *archive,
            }),
            Step::DeleteSlice => database.delete_slice(),
            Step::Checkpoint => database.checkpoint(),
            Step::Reopen => Ok(()),
        }
    }

    /// Returns whether the store has the same numbers of blocks and the same state.
    pub fn has_gauges_of(&self, database: &Database) -> bool {
        database.appended() == self.appended()
            && database.held() == self.held().len() as u64
            && database.state() == self.state.as_deref()
    }

    /// Compares the numbers, the state and all heads. Panics if the store returns wrong data.
    pub fn check_heads(&self, database: &mut Database) -> Result<(), StoreError> {
        assert_eq!(
            database.appended(),
            self.appended(),
            "blocks that were appended"
        );
        assert_eq!(database.state(), self.state.as_deref(), "the state");
        let held = self.held();
        assert_eq!(database.held(), held.len() as u64, "blocks that are held");
        let mut expected = held.into_iter();
        let mut cursor = Some(HeadCursor::default());
        while let Some(at) = cursor {
            let (heads, next) = database.heads(at)?;
            for (hash, head, record) in heads.iter() {
                let number = expected.next().expect("no more heads than blocks");
                let block = numbered(number);
                assert_eq!((hash, head), (block.hash, &block.head[..]), "head {number}");
                let entry = &self.entries[number as usize];
                assert_eq!(record, entry.record.as_deref(), "record {number}");
            }
            cursor = next;
        }
        assert_eq!(expected.next(), None, "all heads are there");
        Ok(())
    }

    /// Reads every block. Panics if the store returns wrong data. Returns the blocks that could not be read, and the
    /// first error.
    pub fn check_reads(&self, database: &mut Database) -> (BTreeSet<u64>, Option<StoreError>) {
        let mut unread = BTreeSet::new();
        let mut first = None;
        for (number, entry) in (0..).zip(&self.entries) {
            let mut block = numbered(number);
            if !entry.has_body {
                block.body.clear();
            }
            let expected = (entry.kept != Kept::Dropped).then_some(StoredBlock {
                head: block.head,
                body: block.body,
            });
            match database.read(&block.hash) {
                // A block that is archived keeps a body that had not been deleted yet.
                Ok(Some(mut found)) if entry.kept == Kept::Archived && !entry.has_body => {
                    assert!(found.body.is_empty() || found.body == numbered(number).body);
                    found.body.clear();
                    assert!(Some(found) == expected, "block {number} reads as it is");
                }
                Ok(found) => assert!(
                    found == expected,
                    "block {number} reads as it is: {entry:?}"
                ),
                Err(error) => {
                    unread.insert(number);
                    first.get_or_insert(error);
                }
            }
        }
        (unread, first)
    }

    /// Compares everything. Panics if the store returns wrong data.
    pub fn check(&self, database: &mut Database) -> Result<(), StoreError> {
        self.check_heads(database)?;
        self.check_reads(database).1.map_or(Ok(()), Err)?;
        verify(database)
    }
}

fn state_of(random: &mut Random) -> Vec<u8> {
    let length = *random.pick(&[0, 10, 300, 12_000]);
    (0..length).map(|_| random.next() as u8).collect()
}

/// Panics if `what` takes too long.
pub fn promptly<T>(what: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = what();
    let took = start.elapsed();
    assert!(took < PATIENCE, "it took {took:?}");
    result
}
