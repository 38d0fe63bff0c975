//! Where blocks end: neighbors that are alike are put together.

use super::codes;
use super::statistics::{Counts, UNIT};

/// Parts of the input, which are joined to blocks.
#[derive(Debug, Default)]
pub struct Cuts {
    parts: Vec<Part>,
    /// Which of them are left: the others have joined the one before.
    left: Vec<usize>,
}

/// A part with all that has joined it.
#[derive(Debug)]
struct Part {
    end: usize,
    counts: Counts,
    cost: u64,
    /// What is gained, less one, if the next one joins.
    gain: Option<u64>,
}

/// What a block costs. First by the entropy, which is quick, then as it is written: the entropy knows nothing of what
/// codes are like.
type Cost = fn(&Counts) -> u64;
const COSTS: [Cost; 2] = [Counts::cost, |counts| codes::bits(counts) * UNIT];

impl Cuts {
    /// Begins anew.
    pub fn clear(&mut self) {
        self.parts.clear();
        self.left.clear();
    }

    /// One more part.
    pub fn add(&mut self, counts: Counts, end: usize) {
        self.left.push(self.parts.len());
        self.parts.push(Part { end, counts, cost: 0, gain: None });
    }

    /// Joins neighbors, those that gain the most first, as long as anything is gained.
    #[inline(never)]
    pub fn join(&mut self) {
        for cost in COSTS {
            for index in (0..self.left.len()).rev() {
                self.weigh(index, cost);
                self.compare(index, cost);
            }
            while let Some(index) = self.best() {
                let next = self.left.remove(index + 1);
                let (parts, from_next) = self.parts.split_at_mut(next);
                let (part, next) = (&mut parts[self.left[index]], &from_next[0]);
                part.counts.add(&next.counts);
                part.end = next.end;
                self.weigh(index, cost);
                self.compare(index, cost);
                if index > 0 {
                    self.compare(index - 1, cost);
                }
            }
        }
    }

    /// The first one of those that gain the most from the next one.
    fn best(&self) -> Option<usize> {
        let gains = self.left.iter().enumerate().filter_map(|(index, part)| Some((self.parts[*part].gain?, index)));
        gains.min_by_key(|(gain, _)| u64::MAX - gain).map(|(_, index)| index)
    }

    fn weigh(&mut self, index: usize, cost: Cost) {
        let part = &mut self.parts[self.left[index]];
        part.cost = cost(&part.counts);
    }

    /// Looks what is gained if the next one joins.
    fn compare(&mut self, index: usize, cost: Cost) {
        let part = &self.parts[self.left[index]];
        let gain = self.left.get(index + 1).and_then(|next| {
            let next = &self.parts[*next];
            (part.cost + next.cost).checked_sub(cost(&part.counts.with(&next.counts)) + 1)
        });
        self.parts[self.left[index]].gain = gain;
    }

    /// How many blocks there are.
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Where a block ends, and what is in it.
    pub fn block(&self, index: usize) -> (usize, &Counts) {
        let part = &self.parts[self.left[index]];
        (part.end, &part.counts)
    }
}
