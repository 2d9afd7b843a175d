//! What became of the blocks that are no longer held as they were, by number.

use std::collections::BTreeMap;

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fate {
    /// Its row was deleted.
    Deleted = 0,
    /// Its row is to be deleted.
    ToDelete = 1,
    /// It is not held, but can be read.
    Archived = 2,
    /// It is held, and its body is to be deleted.
    BodyToDelete = 3,
}

impl Fate {
    /// The fate that is stored as this number.
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

    /// Whether the block is not held any more.
    pub fn is_dropped(self) -> bool {
        self != Self::BodyToDelete
    }

    /// Whether something is left to do.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::ToDelete | Self::BodyToDelete)
    }
}

/// Consecutive blocks with the same fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Number of the first block.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// What became of them.
    pub fate: Fate,
}

/// Ranges that do not overlap. Neighbours with the same fate are one range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// By the first number.
    by_first: BTreeMap<u64, (u64, Fate)>,
}

impl Ranges {
    /// All ranges, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Range> + '_ {
        self.by_first
            .iter()
            .map(|(&first, &(last, fate))| Range { first, last, fate })
    }

    /// The range that a number is in.
    pub fn get(&self, number: u64) -> Option<Range> {
        let (&first, &(last, fate)) = self.by_first.range(..=number).next_back()?;
        (number <= last).then_some(Range { first, last, fate })
    }

    /// How many blocks are not held any more.
    pub fn dropped(&self) -> u64 {
        self.iter()
            .filter(|range| range.fate.is_dropped())
            .map(|range| range.last - range.first + 1)
            .sum()
    }

    /// Gives all numbers of the range this fate, whatever they had before; `None` forgets them.
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

    /// The same by a number at a time.
    #[test]
    fn ranges_hold_what_a_map_of_single_numbers_holds() {
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
