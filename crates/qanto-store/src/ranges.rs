//! The fates of the blocks that were pruned, by number.

use std::collections::BTreeMap;

/// The fate of a block: how it was pruned, and whether its row still has to be changed.
///
/// A block is *held* if it is part of the DAG that the store restores. Otherwise it was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fate {
    /// The block was dropped, and its row was deleted.
    Deleted = 0,
    /// The block was dropped, and its row is still to be deleted.
    ToDelete = 1,
    /// The block was dropped, but can still be read.
    Archived = 2,
    /// The block is held, and its body is still to be deleted.
    BodyToDelete = 3,
}

impl Fate {
    /// Returns the fate that is stored as this number.
    pub fn from_code(code: i64) -> Option<Self> {
        [
            Self::Deleted,
            Self::ToDelete,
            Self::Archived,
            Self::BodyToDelete,
        ]
        .into_iter()
        .find(|fate| *fate as i64 == code)
    }

    /// Returns whether the block is not held any more.
    pub fn is_dropped(self) -> bool {
        self != Self::BodyToDelete
    }

    /// Returns whether something is still to be deleted.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::ToDelete | Self::BodyToDelete)
    }
}

/// Consecutive blocks with the same fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The number of the first block.
    pub first: u64,
    /// The number of the last block.
    pub last: u64,
    /// The fate of these blocks.
    pub fate: Fate,
}

/// Ranges that do not overlap. Adjacent ranges with the same fate are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// The last number and the fate of each range, by its first number.
    by_first: BTreeMap<u64, (u64, Fate)>,
}

impl Ranges {
    /// Returns all ranges, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Range> + '_ {
        self.by_first
            .iter()
            .map(|(&first, &(last, fate))| Range { first, last, fate })
    }

    /// Returns the range that contains a number.
    pub fn get(&self, number: u64) -> Option<Range> {
        let (&first, &(last, fate)) = self.by_first.range(..=number).next_back()?;
        (number <= last).then_some(Range { first, last, fate })
    }

    /// Returns the number of blocks that are not held any more.
    pub fn dropped(&self) -> u64 {
        self.iter()
            .filter(|range| range.fate.is_dropped())
            .map(|range| range.last - range.first + 1)
            .sum()
    }

    /// Assigns a fate to all numbers of the range, and replaces the earlier ones. `None` removes the numbers.
    pub fn assign(&mut self, first: u64, last: u64, fate: Option<Fate>) {
        let overlapping: Vec<Range> = self
            .by_first
            .range(..=last)
            .rev()
            .map(|(&first, &(last, fate))| Range { first, last, fate })
            .take_while(|range| range.last >= first)
            .collect();
        for range in overlapping {
            self.by_first.remove(&range.first);
            if range.first < first {
                self.by_first.insert(range.first, (first - 1, range.fate));
            }
            if range.last > last {
                self.by_first.insert(last + 1, (range.last, range.fate));
            }
        }
        let Some(fate) = fate else { return };
        let (mut first, mut last) = (first, last);
        if let Some(before) = first.checked_sub(1).and_then(|number| self.get(number))
            && before.fate == fate
        {
            self.by_first.remove(&before.first);
            first = before.first;
        }
        if let Some(after) = last.checked_add(1).and_then(|number| self.get(number))
            && after.fate == fate
        {
            self.by_first.remove(&after.first);
            last = after.last;
        }
        self.by_first.insert(first, (last, fate));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with a map that has an entry for each number.
    #[test]
    fn ranges_hold_the_same_fates_as_a_map_of_single_numbers() {
        let fates = [
            Some(Fate::Deleted),
            Some(Fate::ToDelete),
            Some(Fate::Archived),
            Some(Fate::BodyToDelete),
            None,
        ];
        let mut seed = 42_u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..200 {
            let mut ranges = Ranges::default();
            let mut singly = BTreeMap::new();
            for _ in 0..40 {
                let first = draw(60);
                let last = first + draw(12);
                let fate = fates[draw(5) as usize];
                ranges.assign(first, last, fate);
                for number in first..=last {
                    match fate {
                        Some(fate) => singly.insert(number, fate),
                        None => singly.remove(&number),
                    };
                }
                for number in 0..80 {
                    assert_eq!(
                        ranges.get(number).map(|range| range.fate),
                        singly.get(&number).copied()
                    );
                }
                let all: Vec<Range> = ranges.iter().collect();
                for pair in all.windows(2) {
                    let is_joined =
                        pair[0].last + 1 == pair[1].first && pair[0].fate == pair[1].fate;
                    assert!(pair[0].last < pair[1].first && !is_joined);
                }
            }
        }
    }
}
