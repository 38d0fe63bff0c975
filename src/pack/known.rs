//! What the last pack knows of this one: the plan, when the selection is the same, and the entries whose content is.

use std::borrow::Cow;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};

use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::cache::{Entries, From, Line, Report};
use crate::pack::compress::{self, Record};
use crate::pack::content::Level;
use crate::pack::plan::{Entry, Plan, Source, order};
use crate::pack::secret::Secret;
use crate::pack::trail::{Changed, Clock, Reached, goes_up};
use crate::parallel;

/// Files that a thread compares at once.
const FILES: usize = 16;

/// Where the files of entries are that have no other place: at their names below the root.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// The root, links followed.
    pub root: &'a Path,
    /// The folder in the archive that everything is under; empty for none.
    pub prefix: &'a str,
}

impl Home<'_> {
    fn of(&self, name: &str) -> PathBuf {
        let below = self.below(name);
        if cfg!(windows) { self.root.join(below.replace('/', MAIN_SEPARATOR_STR)) } else { self.root.join(below) }
    }

    /// Whether `path` is where [`Home::of`] says. It is asked of every entry, and not to make a path saves its time.
    fn has(&self, name: &str, path: &Path) -> bool {
        if cfg!(windows) {
            return self.of(name).as_os_str() == path.as_os_str();
        }
        let rest = path.as_os_str().as_encoded_bytes().strip_prefix(self.root.as_os_str().as_encoded_bytes());
        rest.and_then(|rest| rest.strip_prefix(b"/")) == Some(self.below(name).as_bytes())
    }

    fn below<'n>(&self, name: &'n str) -> &'n str {
        name.strip_prefix(self.prefix).unwrap_or(name).trim_start_matches('/')
    }
}

/// The plan of the last pack with the new states of `changed`. Nothing when it would be another one: a file can be
/// executed now that could not be, or is where no link of the root leads to, which no pack has written down. `reached`
/// is where they lead.
///
/// # Errors
/// [`Error::UnzippedTooLarge`].
pub fn plan(
    home: Home<'_>,
    reached: &Reached<'_>,
    entries: &Entries<'_>,
    report: &Report,
    changed: &Changed,
) -> Result<Option<Plan>, Error> {
    // The files of a folder follow each other.
    let mut last_folder = None;
    let mut is_reached = |path: &str| {
        let folder = Path::new(path).parent();
        if folder.is_none() || folder != last_folder.as_deref() {
            last_folder = folder.filter(|folder| reached.has(folder)).map(Path::to_owned);
        }
        (last_folder.is_some() && Path::new(path).file_name().is_some()) || reached.has(Path::new(path))
    };
    let renewed = |line: &Line<'_>| {
        let source = match &line.from {
            From::Text(text) => Source::Text(text.clone().into_owned()),
            From::Disk { path, stamp, runs } => {
                let path = match path {
                    // Hardly any name has these letters at all.
                    None if !line.name.contains("..") || !goes_up(Path::new(&*line.name)) => home.of(&line.name),
                    Some(path) if is_reached(path) => PathBuf::from(&**path),
                    _ => return None,
                };
                let (stamp, now) = changed.get(path.as_os_str()).copied().unwrap_or((*stamp, *runs));
                if now != *runs {
                    return None;
                }
                Source::Disk { path, stamp, runs: now }
            }
        };
        Some(Entry { name: line.name.clone().into_owned(), mode: line.mode, source })
    };
    match entries.lines.iter().map(renewed).collect() {
        Some(entries) => Plan::new(entries, report.excluded.clone(), report.warnings.clone()).map(Some),
        None => Ok(None),
    }
}

/// What is known of the entries of a plan.
#[derive(Debug, Default)]
pub struct Known {
    /// For each entry with the same content as before: what the last archive has of it.
    pub records: Vec<Option<Record>>,
    /// Whether the last archive has just these entries, all with the same content, mode and place.
    pub is_all: bool,
}

/// Compares a plan with the entries of the last archive, whose pack began at `clock`. Files with the same state are
/// the same; others of the same size are read.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::FileChanged`], [`Error::Aborted`].
pub fn known(
    plan: &Plan,
    last: Vec<Line<'_>>,
    clock: Clock,
    (level, secret): (Level, Secret),
    threads: usize,
    cancel: &Cancel,
) -> Result<Known, Error> {
    let mut records: Vec<Option<Record>> = Vec::with_capacity(plan.entries.len());
    let mut doubtful = Vec::new();
    let mut is_all = last.len() == plan.entries.len();
    let mut lines = last.into_iter().peekable();
    for (index, entry) in plan.entries.iter().enumerate() {
        let mut line = lines.next_if(|line| line.name == entry.name);
        if line.is_none() {
            while lines.next_if(|line| order(&line.name) < order(&entry.name)).is_some() {}
            line = lines.next_if(|line| line.name == entry.name);
        }
        is_all &= line.as_ref().is_some_and(|line| line.mode == entry.mode);
        let record = match (line, &entry.source) {
            (Some(Line { from: From::Text(text), record, .. }), Source::Text(now)) if text == *now => Some(record),
            (Some(Line { from: From::Disk { stamp, .. }, record, .. }), Source::Disk { stamp: now, .. }) => {
                if (stamp == *now && clock.trusts(now)) || (stamp.size == 0 && now.size == 0) {
                    Some(record)
                } else {
                    doubtful.extend((stamp.size == now.size).then_some((index, record)));
                    None
                }
            }
            _ => None,
        };
        records.push(record);
    }
    let tasks: Vec<_> = doubtful.chunks(FILES).collect();
    let results = parallel::grow(threads.min(tasks.len()), tasks, |files: &[(usize, Record)], _| {
        let is_same = |(index, record): &(usize, Record)| {
            cancel.check()?;
            Ok(compress::has_content(&plan.entries[*index], record, level, secret)?.then(|| (*index, record.clone())))
        };
        files.iter().filter_map(|file| is_same(file).transpose()).collect::<Result<Vec<_>, Error>>()
    });
    for result in results {
        for (index, record) in result? {
            records[index] = Some(record);
        }
    }
    is_all &= records.iter().all(Option::is_some);
    Ok(Known { records, is_all })
}

/// An entry of a plan as the next pack wants to know it. Nothing when its place cannot be written down.
pub fn line<'a>(home: Home<'_>, entry: &'a Entry, record: &'a Record) -> Option<Line<'a, &'a Record>> {
    let from = match &entry.source {
        Source::Text(text) => From::Text(Cow::Borrowed(text)),
        Source::Disk { path, stamp, runs } => {
            let path = if home.has(&entry.name, path) { None } else { Some(Cow::Borrowed(path.to_str()?)) };
            From::Disk { path, stamp: *stamp, runs: *runs }
        }
    };
    Some(Line { name: Cow::Borrowed(&entry.name), mode: entry.mode, from, record })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Method;
    use crate::pack::content::Keys;
    use crate::pack::file::Stamp;
    use crate::pack::trail::Trail;

    fn planned(name: &str, path: Option<&str>, link: Option<&'static str>) -> Option<PathBuf> {
        let from = From::Disk { path: path.map(Cow::Borrowed), stamp: Stamp::of_size(1), runs: false };
        let record = Record { at: 0, method: Method::Stored, crc: 0, stored: 1, keys: Keys::new() };
        let lines = vec![Line { name: Cow::Borrowed(name), mode: 0o100_644, from, record }];
        let entries = Entries { lines, states: Vec::new() };
        let report = Report { unzipped_size: 1, file_count: 1, excluded: Vec::new(), warnings: Vec::new() };
        let home = Home { root: Path::new("/root"), prefix: "nodejs" };
        let trail = Trail::of_link("/root/link", link.unwrap_or("/root"));
        let plan = plan(home, &trail.reached(home.root), &entries, &report, &Changed::new()).unwrap()?;
        match plan.entries.into_iter().next()?.source {
            Source::Disk { path, .. } => Some(path),
            Source::Text(_) => None,
        }
    }

    #[test]
    fn only_what_the_root_leads_to_is_packed_again() {
        assert_eq!(planned("nodejs/lib/a.js", None, None), Some(PathBuf::from("/root/lib/a.js")));
        assert_eq!(planned("nodejs/..b.js", None, None), Some(PathBuf::from("/root/..b.js")));
        assert_eq!(planned("nodejs/../a.js", None, None), None);
        let link = Some("/packages/x");
        assert_eq!(planned("a", Some("/packages/x/a.js"), link), Some(PathBuf::from("/packages/x/a.js")));
        assert_eq!(planned("a", Some("/packages/x"), link), Some(PathBuf::from("/packages/x")));
        for planted in ["/etc/passwd", "/packages/xy", "/packages/x/../secret", "/root/../etc/passwd"] {
            assert_eq!(planned("a", Some(planted), link), None, "{planted}");
        }
    }
}
