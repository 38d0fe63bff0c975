//! What a walk has found, and what several have found together.

use std::path::PathBuf;

use super::Candidate;
use crate::error::Error;
use crate::pack::rules::Excluded;
use crate::pack::trail::Recorder;

/// What was found so far.
pub struct Found {
    /// What goes in, in no order.
    pub candidates: Vec<Candidate>,
    /// What stays out and is worth naming.
    pub excluded: Vec<Excluded>,
    /// `node_modules` folders of the project's own, left until it is known what production needs of them.
    pub modules: Vec<PathBuf>,
    /// Folders of the project's own with a package.json.
    pub owners: Vec<PathBuf>,
    /// What is still to be walked, by itself, of the root.
    pub later: Vec<PathBuf>,
    /// Which `include` patterns have matched something that goes in.
    pub included: Vec<bool>,
    /// For each `include` pattern something that it asks for and that stays out.
    pub left_out: Vec<Option<Excluded>>,
    /// What was looked at.
    pub recorder: Recorder,
}

impl Found {
    /// Nothing, for that many `include` patterns.
    pub fn new(patterns: usize, recorder: Recorder) -> Self {
        Self {
            candidates: Vec::new(),
            excluded: Vec::new(),
            modules: Vec::new(),
            owners: Vec::new(),
            later: Vec::new(),
            included: vec![false; patterns],
            left_out: vec![None; patterns],
            recorder,
        }
    }

    /// What several walks have found, each with the name it began at, in the order of these names: what is told
    /// must not depend on which thread was first.
    ///
    /// # Errors
    /// The first one's by name.
    pub fn merge(&mut self, mut results: Vec<(PathBuf, Result<Self, Error>)>) -> Result<(), Error> {
        results.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, result) in results {
            self.add(result?);
        }
        Ok(())
    }

    /// What another walk has found.
    pub fn add(&mut self, other: Self) {
        self.candidates.extend(other.candidates);
        self.excluded.extend(other.excluded);
        self.modules.extend(other.modules);
        self.owners.extend(other.owners);
        self.later.extend(other.later);
        self.recorder.merge(other.recorder);
        for (mine, theirs) in self.included.iter_mut().zip(other.included) {
            *mine |= theirs;
        }
        for (mine, theirs) in self.left_out.iter_mut().zip(other.left_out) {
            if mine.is_none() {
                *mine = theirs;
            }
        }
    }
}
