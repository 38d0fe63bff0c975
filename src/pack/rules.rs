//! Which paths stay out, by name: the fixed rules, then `.lambdaignore`, then `ignore`. The last match counts.

use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::pack::list::FileType;
use crate::regular;

/// The file of patterns that is read from the root.
pub const IGNORE_FILE: &str = ".lambdaignore";

/// The ending of archives that are being written, beside `out`.
pub const TEMPORARY_SUFFIX: &str = crate::leftovers::SUFFIX;

/// Left out of every package unless a pattern with `!` names it. Upper and lower case are the same here.
const ALWAYS: &[&str] = &[
    ".git",
    ".env*",
    ".npmrc",
    ".yarnrc.yml",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".pgpass",
    ".pypirc",
    ".docker/config.json",
    ".kube",
    ".aws",
    "/.lambdaignore",
    // The settings of a function, with the values of its variables, as init() writes them.
    "/function.json",
    // What pack() makes when nothing else is named, and what it leaves when it is killed.
    "/function.zip",
    "*.lambda-pack-tmp",
    // Private keys by the names that tools give them. Those in PEM form are found by content.
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "*.p8",
    "*.pk8",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.ppk",
];

/// The rule that keeps a private key in PEM form out, as it is named in the result.
const PRIVATE_KEY: &str = "private key";
/// Files with these endings are looked into.
const KEY_EXTENSIONS: &[&str] = &["pem", "key"];
/// More than any key or chain of certificates has.
const KEY_BYTES: u64 = 256 * 1024;

/// Why a path stays out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// By a rule that holds for every package.
    Always,
    /// By a pattern of the user's.
    Ignore,
    /// Production does not need the package.
    Production,
    /// It is the archive that is being written.
    Archive,
    /// A link to something that is left out.
    Link,
}

/// A path that stays out, named in the result. A folder stands for all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Relative to the root.
    pub path: String,
    /// Why.
    pub reason: Reason,
    /// The pattern or the rule, in words.
    pub rule: String,
}

/// What the rules say of one path.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No rule speaks of it.
    Unnamed,
    /// A `!` pattern names it, so that it goes in whatever else is said of it.
    Kept,
    /// It stays out.
    Out(Reason, String),
}

/// The rules of one pack.
pub struct Rules {
    always: Gitignore,
    always_names: Names,
    own: Gitignore,
}

impl Rules {
    /// The fixed rules, those of the root's `.lambdaignore`, and `ignore`, in this order.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`], [`Error::ReadFailed`].
    pub fn new(root: &Path, ignore: &[String]) -> Result<Self, Error> {
        let mut always = GitignoreBuilder::new("");
        always.case_insensitive(true).map_err(|cause| Error::Internal(format!("patterns: {cause}")))?;
        for pattern in ALWAYS {
            add(&mut always, "always", pattern)?;
        }
        let mut own = GitignoreBuilder::new("");
        if let Some(text) = regular::read_text(&root.join(IGNORE_FILE))? {
            for line in text.trim_start_matches('\u{feff}').lines() {
                add(&mut own, IGNORE_FILE, line)?;
            }
        }
        for pattern in ignore {
            // Git knows no `./`, and it is what a shell completes to.
            let (not, rest) = pattern.strip_prefix('!').map_or(("", pattern.as_str()), |rest| ("!", rest));
            match rest.strip_prefix("./") {
                Some(anchored) => add(&mut own, "ignore", &format!("{not}/{anchored}"))?,
                None => add(&mut own, "ignore", pattern)?,
            }
        }
        Ok(Self { always: build(&always)?, always_names: Names::of(ALWAYS), own: build(&own)? })
    }

    /// The fixed rule that keeps out what a link leads to, whatever the link is called. `target` is its place relative
    /// to the root or to what it shares with it.
    ///
    /// # Errors
    /// [`Error::ReadFailed`] for a file that has to be looked into.
    pub fn secret(&self, target: &Path, path: &Path, kind: FileType) -> Result<Option<String>, Error> {
        if let Match::Ignore(glob) = self.always.matched_path_or_any_parents(target, kind == FileType::Folder) {
            return Ok(Some(glob.original().trim_start_matches('/').to_owned()));
        }
        let is_key = kind == FileType::File && has_key_extension(target) && holds_private_key(path)?;
        Ok(is_key.then(|| PRIVATE_KEY.to_owned()))
    }

    /// What the rules say of `name`, relative to the root; `path` is where it is on the disk.
    ///
    /// # Errors
    /// [`Error::ReadFailed`] for a file that has to be looked into.
    pub fn verdict(&self, name: &Path, path: &Path, kind: FileType) -> Result<Verdict, Error> {
        match self.own.matched(name, kind == FileType::Folder) {
            Match::Ignore(glob) => return Ok(Verdict::Out(Reason::Ignore, glob.original().to_owned())),
            Match::Whitelist(glob) if names(glob.original(), name, kind == FileType::Folder) => {
                return Ok(Verdict::Kept);
            }
            Match::Whitelist(_) | Match::None => {}
        }
        let has_name = self.always_names.may_match(name.as_os_str().as_encoded_bytes());
        match if has_name { self.always.matched(name, kind == FileType::Folder) } else { Match::None } {
            Match::Ignore(glob) => Ok(Verdict::Out(Reason::Always, glob.original().trim_start_matches('/').to_owned())),
            _ if kind == FileType::File && has_key_extension(name) && holds_private_key(path)? => {
                Ok(Verdict::Out(Reason::Always, PRIVATE_KEY.to_owned()))
            }
            _ => Ok(Verdict::Unnamed),
        }
    }
}

/// How the names begin or end that patterns match. Hardly any name does, and that is seen in a fraction of the time that
/// the patterns take.
struct Names {
    starts: Vec<&'static [u8]>,
    ends: Vec<&'static [u8]>,
}

impl Names {
    fn of(patterns: &[&'static str]) -> Self {
        let mut names = Self { starts: Vec::new(), ends: Vec::new() };
        for pattern in patterns {
            let last = pattern.rsplit('/').next().unwrap_or(pattern);
            match last.strip_prefix('*') {
                Some(end) => names.ends.push(end.as_bytes()),
                None => names.starts.push(last.split('*').next().unwrap_or(last).as_bytes()),
            }
        }
        names
    }

    /// Whether any pattern can match the path.
    fn may_match(&self, path: &[u8]) -> bool {
        let is_separator = |byte: &u8| *byte == b'/' || (cfg!(windows) && *byte == b'\\');
        let name = &path[path.iter().rposition(is_separator).map_or(0, |at| at + 1)..];
        let alike = |part: Option<&[u8]>, own: &[u8]| part.is_some_and(|part| part.eq_ignore_ascii_case(own));
        self.starts.iter().any(|start| alike(name.get(..start.len()), start))
            || self.ends.iter().any(|end| alike(name.len().checked_sub(end.len()).map(|at| &name[at..]), end))
    }
}

/// Whether a `!` pattern speaks of this very name. Lists like `*`, `!*/`, `!*.js` bring back what they ignored
/// themselves, and no secret and no package with it: wildcards alone name nothing, do not stand for a first dot, and
/// name no folder anywhere.
fn names(pattern: &str, name: &Path, is_dir: bool) -> bool {
    let pattern = pattern.trim_start_matches('!').trim_matches('/');
    let (folder, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    let hidden = name.file_name().is_some_and(|own| own.as_encoded_bytes().first() == Some(&b'.'));
    let starts_open = last.starts_with(['*', '?', '[']);
    let anywhere = !folder.contains(char::is_alphanumeric);
    let literal = last.contains(char::is_alphanumeric) || (is_dir && !anywhere);
    literal && !(hidden && starts_open) && !(is_dir && starts_open && anywhere)
}

/// Patterns that start at the root: `include` and `executable`.
pub struct Anchored {
    patterns: Vec<Pattern>,
}

struct Pattern {
    /// As it was given.
    text: String,
    compiled: Gitignore,
    /// The folders that it names before its first wildcard.
    base: PathBuf,
}

impl Anchored {
    /// Compiles the patterns of `option`.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`].
    pub fn new(option: &str, patterns: &[String]) -> Result<Self, Error> {
        let compile = |pattern: &String| {
            let relative = match pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/') {
                "" if pattern.starts_with('.') => ".",
                relative => relative,
            };
            if pattern.starts_with(['!', '#']) || matches!(relative, "" | "..") || relative.starts_with("../") {
                let problem = "it must name something below the root".to_owned();
                return Err(Error::InvalidPattern { pattern: pattern.clone(), origin: option.to_owned(), problem });
            }
            let relative = if relative == "." { "**" } else { relative.trim_start_matches('/') };
            let mut builder = GitignoreBuilder::new("");
            add(&mut builder, option, &format!("/{relative}"))?;
            let base = relative.split('/').take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).collect();
            Ok(Pattern { text: pattern.clone(), compiled: build(&builder)?, base })
        };
        Ok(Self { patterns: patterns.iter().map(compile).collect::<Result<_, _>>()? })
    }

    /// Whether there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The indexes of the patterns that match `name` or a folder that it is in.
    pub fn matching<'a>(&'a self, name: &'a str, is_dir: bool) -> impl Iterator<Item = usize> + 'a {
        self.patterns.iter().enumerate().filter_map(move |(index, pattern)| {
            pattern.compiled.matched_path_or_any_parents(name, is_dir).is_ignore().then_some(index)
        })
    }

    /// Whether anything in `folder` can match; there may be no patterns, and then nothing can.
    pub fn may_match_in(&self, folder: &Path) -> bool {
        self.patterns.iter().any(|pattern| folder.starts_with(&pattern.base) || pattern.base.starts_with(folder))
    }

    /// The indexes of the patterns that match `name`, or would match something in it.
    pub fn asking_for<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.patterns.iter().enumerate().filter_map(move |(index, pattern)| {
            let below = !pattern.base.as_os_str().is_empty() && pattern.base.starts_with(name);
            let matches = pattern.compiled.matched_path_or_any_parents(name, false).is_ignore();
            (below || matches).then_some(index)
        })
    }

    /// The pattern of an index, as it was given.
    pub fn pattern(&self, index: usize) -> &str {
        &self.patterns[index].text
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }
}

fn add(builder: &mut GitignoreBuilder, origin: &str, pattern: &str) -> Result<(), Error> {
    let invalid = |cause: ignore::Error| Error::InvalidPattern {
        pattern: pattern.to_owned(),
        origin: origin.to_owned(),
        problem: cause.to_string(),
    };
    builder.add_line(Some(PathBuf::from(origin)), &without_alternatives(pattern)).map_err(invalid)?;
    Ok(())
}

/// Git knows no `{a,b}`: braces are letters like others.
fn without_alternatives(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let (mut escaped, mut in_class) = (false, false);
    for c in pattern.chars() {
        if matches!(c, '{' | '}') && !escaped && !in_class {
            plain.push('\\');
        }
        in_class = !escaped && (c == '[' || (in_class && c != ']'));
        escaped = !escaped && c == '\\';
        plain.push(c);
    }
    plain
}

fn build(builder: &GitignoreBuilder) -> Result<Gitignore, Error> {
    builder.build().map_err(|cause| Error::Internal(format!("patterns: {cause}")))
}

/// Whether a file of this name is looked into for a private key.
pub fn has_key_extension(name: &Path) -> bool {
    // Not by `Path::extension`, which takes the path apart.
    let name = name.as_os_str().as_encoded_bytes();
    KEY_EXTENSIONS.iter().any(|known| {
        let extension = name.len().checked_sub(known.len()).map(|at| name.split_at(at));
        extension.is_some_and(|(before, own)| before.ends_with(b".") && own.eq_ignore_ascii_case(known.as_bytes()))
    })
}

fn holds_private_key(path: &Path) -> Result<bool, Error> {
    let mut text = Vec::new();
    let file = regular::open(path)?;
    file.take(KEY_BYTES).read_to_end(&mut text).map_err(Error::read(path))?;
    let has = |needle: &[u8]| text.windows(needle.len()).any(|window| window == needle);
    Ok(has(b"-----BEGIN ") && has(b"PRIVATE KEY-----"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(ignore: &[&str], name: &str) -> Verdict {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "x").unwrap();
        let ignore: Vec<_> = ignore.iter().map(ToString::to_string).collect();
        let rules = Rules::new(folder.path(), &ignore).unwrap();
        let kind = if name.ends_with('/') { FileType::Folder } else { FileType::File };
        rules.verdict(Path::new(name.trim_end_matches('/')), &path, kind).unwrap()
    }

    #[test]
    fn secrets_stay_out_at_every_depth_until_brought_back() {
        for name in
            [".env", ".env.production", "a/b/.env.local", ".npmrc", ".git/", "x/.aws/", "keys/id_rsa", "A.P12", ".ENV"]
        {
            assert!(matches!(verdict(&[], name), Verdict::Out(Reason::Always, _)), "{name}");
        }
        for name in ["id_rsa.pub", "env", "index.js", "ca.pem", ".gitignore"] {
            assert_eq!(verdict(&[], name), Verdict::Unnamed, "{name}");
        }
        for (pattern, name) in [("!.env.production", ".env.production"), ("!id_rsa", "a/id_rsa"), ("!.aws/", "x/.aws/")]
        {
            assert_eq!(verdict(&[pattern], name), Verdict::Kept, "{pattern}");
        }
    }

    #[test]
    fn files_that_end_like_keys_are_looked_into() {
        for (name, looked) in [("a.pem", true), ("tls/.KEY", true), (".pem", true), ("pem", false), ("a.pems", false)] {
            assert_eq!(has_key_extension(Path::new(name)), looked, "{name}");
        }
    }

    #[test]
    fn every_fixed_rule_is_tried_on_the_names_that_it_matches() {
        for pattern in ALWAYS {
            let name = pattern.trim_start_matches('/').replace('*', "x");
            for name in [name.clone(), name.to_uppercase()] {
                assert!(matches!(verdict(&[], &name), Verdict::Out(Reason::Always, _)), "{name}");
            }
        }
    }

    #[test]
    fn a_list_that_brings_back_what_it_ignored_brings_back_no_secret() {
        for name in [".git/", ".env", ".aws/", "id_rsa", "a/.env.js"] {
            assert!(matches!(verdict(&["*", "!*/", "!*.js"], name), Verdict::Out(..)), "{name}");
        }
        for name in ["src/", "node_modules/chart.js/"] {
            assert_eq!(verdict(&["*", "!*/", "!*.js"], name), Verdict::Unnamed, "{name}");
        }
        assert_eq!(verdict(&["!node_modules/@types/*"], "node_modules/@types/node/"), Verdict::Kept);
        assert_eq!(verdict(&["!certs/*.p12"], "certs/a.p12"), Verdict::Kept);
    }

    #[test]
    fn braces_are_letters_as_git_has_them() {
        assert!(matches!(verdict(&["{a,b}.js"], "{a,b}.js"), Verdict::Out(..)));
        assert_eq!(verdict(&["{a,b}.js"], "a.js"), Verdict::Unnamed);
        assert!(matches!(verdict(&["{"], "{"), Verdict::Out(..)));
        assert!(matches!(verdict(&["[{]x"], "{x"), Verdict::Out(..)));
    }

    #[test]
    fn a_pattern_that_starts_with_a_dot_and_a_slash_starts_at_the_root() {
        assert!(matches!(verdict(&["./docs"], "docs/"), Verdict::Out(..)));
        assert_eq!(verdict(&["./docs"], "a/docs/"), Verdict::Unnamed);
        assert_eq!(verdict(&["docs", "!./docs"], "docs/"), Verdict::Kept);
    }

    #[test]
    fn the_last_matching_pattern_counts() {
        assert_eq!(verdict(&["*.md"], "docs/a.md"), Verdict::Out(Reason::Ignore, "*.md".to_owned()));
        assert_eq!(verdict(&["*.md", "!README.md"], "README.md"), Verdict::Kept);
        assert!(matches!(verdict(&["!README.md", "*.md"], "README.md"), Verdict::Out(..)));
        assert_eq!(verdict(&["/test/"], "src/test/"), Verdict::Unnamed);
    }

    #[test]
    fn anchored_patterns_start_at_the_root_and_a_folder_stands_for_its_contents() {
        let matches = |pattern: &str, name: &str| {
            Anchored::new("include", &[pattern.to_owned()]).unwrap().matching(name, false).count() == 1
        };
        assert!(matches("index.js", "index.js"));
        assert!(matches("./index.js", "index.js"));
        assert!(!matches("index.js", "node_modules/a/index.js"));
        assert!(matches("src", "src/deep/a.js"));
        assert!(matches("src/", "src/deep/a.js"));
        assert!(matches("**/*.json", "a/b.json"));
        assert!(matches("src/*.js", "src/a.js"));
        assert!(!matches("src/*.js", "src/b/a.js"));
        assert!(matches(".", "any/thing") && matches("./", "any/thing"));
        let of = |pattern: &str| Anchored::new("include", &[pattern.to_owned()]).unwrap();
        assert!(of("a/b.js").may_match_in(Path::new("a")) && !of("a/b.js").may_match_in(Path::new("ab")));
        assert!(of("a").may_match_in(Path::new("a/b")) && of("**/x").may_match_in(Path::new("q")));
        assert!(of("a/*/c").may_match_in(Path::new("a/b")) && !of("a/*/c").may_match_in(Path::new("b")));
        for bad in ["", "..", "../x", "!a", "[z-a]", "/"] {
            assert!(Anchored::new("include", &[bad.to_owned()]).is_err(), "{bad:?}");
        }
    }
}
