//! What a caller may ask of a pack, checked once.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::error::Error;
use crate::pack::cache::Place;
use crate::pack::content::Level;

/// Which packages of `node_modules` go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Those that production needs. A folder without package.json is packed whole.
    #[default]
    Production,
    /// All of them.
    All,
}

/// What becomes of symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symlinks {
    /// Links inside the root stay links; one that leaves it is an error.
    #[default]
    Keep,
    /// Links inside the root stay links; one that leaves it is replaced by what it leads to.
    External,
    /// Every link is replaced by what it leads to.
    Dereference,
}

/// What to pack, and how.
#[derive(Debug, Clone)]
pub struct PackOptions {
    /// The function's folder.
    pub root: PathBuf,
    /// The archive to write.
    pub out: PathBuf,
    /// Patterns of what goes in; all when empty.
    pub include: Vec<String>,
    /// Patterns of what stays out, after those of `.lambdaignore`; `!` brings back.
    pub ignore: Vec<String>,
    /// Patterns of files that are made executable whatever the disk says.
    pub executable: Vec<String>,
    /// Which packages go in.
    pub mode: Mode,
    /// How much time goes into a smaller archive.
    pub level: Level,
    /// Folder in the archive that everything is put under; empty for none.
    pub prefix: String,
    /// What becomes of links.
    pub symlinks: Symlinks,
    /// Threads that compress; the cores that this process may use when not given.
    pub threads: Option<NonZeroUsize>,
    /// Where to remember what was compressed.
    pub cache: Place,
    /// Whether nobody keeps the archive, so that no later pack needs to look for it.
    pub transient: bool,
}

/// The archive's name when none is given, as in AWS's guide.
pub const DEFAULT_OUT: &str = "function.zip";

impl Default for PackOptions {
    fn default() -> Self {
        Self {
            root: PathBuf::from("."),
            out: PathBuf::from(DEFAULT_OUT),
            include: Vec::new(),
            ignore: Vec::new(),
            executable: Vec::new(),
            mode: Mode::default(),
            level: Level::default(),
            prefix: String::new(),
            symlinks: Symlinks::default(),
            threads: None,
            cache: Place::default(),
            transient: false,
        }
    }
}

impl PackOptions {
    /// Checks what the types cannot, and puts `prefix` into its normal form.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn validate(mut self) -> Result<Self, Error> {
        if let Level::Exactly(level) = self.level
            && !(1..=12).contains(&level)
        {
            return Err(Error::option("level", "a whole number from 1 to 12", level.to_string()));
        }
        if self.root.as_os_str().is_empty() {
            return Err(Error::option("root", "the path of a folder", "''"));
        }
        let ends_like_a_folder = self.out.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        if self.out.file_name().is_none() || ends_like_a_folder {
            return Err(Error::option("out", "the path of a file", format!("{:?}", self.out.to_string_lossy())));
        }
        let trimmed = self.prefix.trim_end_matches('/');
        let parts_are_names =
            trimmed.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0', ':']));
        if !self.prefix.is_empty() && !parts_are_names {
            let expected = "a relative folder like 'nodejs', without '.', '..' or '\\'";
            return Err(Error::option("prefix", expected, format!("{:?}", self.prefix)));
        }
        self.prefix.truncate(trimmed.len());
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn with_prefix(prefix: &str) -> Result<PackOptions, Error> {
        PackOptions { prefix: prefix.to_owned(), ..PackOptions::default() }.validate()
    }

    #[test]
    fn a_prefix_is_a_plain_relative_folder() {
        for good in ["", "nodejs", "nodejs/", "opt/nodejs/node24", "ünïcode"] {
            assert_eq!(with_prefix(good).unwrap().prefix, good.trim_end_matches('/'));
        }
        for bad in ["/", "/abs", "..", "a/../b", "a//b", "./a", "a\\b", "C:/x"] {
            assert_eq!(with_prefix(bad).unwrap_err().code(), ErrorCode::InvalidOption, "{bad}");
        }
    }

    #[test]
    fn levels_outside_of_the_range_are_refused() {
        for level in [0, 13, 255] {
            assert!(PackOptions { level: Level::Exactly(level), ..PackOptions::default() }.validate().is_err());
        }
    }
}
