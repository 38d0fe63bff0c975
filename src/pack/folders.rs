//! The folders of an archive to be, each with its children.

/// A folder's children: the names of files and folders, with all that is above them, in the order of their bytes.
/// A folder comes where what is in it would.
#[derive(Debug, PartialEq, Eq)]
pub struct Folder<'a> {
    /// The names, without a slash at the end.
    pub children: Vec<&'a str>,
    /// Where the last part of each begins.
    pub last: usize,
}

impl<'a> Folder<'a> {
    /// A name that two files have, or a file and a folder.
    pub fn collision(&self) -> Option<&'a str> {
        // Between a file and a folder of one name are at most names that begin like it.
        let is_there_before = |(at, name): (usize, &&'a str)| {
            let alike = self.children[..at].iter().rev().take_while(|other| other.starts_with(name));
            alike.into_iter().any(|other| other == name).then_some(*name)
        };
        self.children.iter().enumerate().find_map(is_there_before)
    }
}

/// All folders of `names`, which are in the order of their bytes; those of folders end with a slash.
pub fn folders<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Folder<'a>> {
    let mut done = Vec::new();
    // The folders that the last name is in, from the root on.
    let mut open = vec![Folder { children: Vec::new(), last: 0 }];
    let mut before = "";
    for name in names {
        let is_above = |end: usize| before.as_bytes()[..end] == name.as_bytes()[..end.min(name.len())];
        while let Some(folder) = open.pop_if(|folder| !is_above(folder.last)) {
            done.push(folder);
        }
        let whole = name.trim_end_matches('/');
        let known = open.last().map_or(0, |folder| folder.last);
        for (at, _) in whole.match_indices('/').filter(|(at, _)| *at >= known) {
            add(&mut open, &whole[..at]);
            open.push(Folder { children: Vec::new(), last: at + 1 });
        }
        add(&mut open, whole);
        before = name;
    }
    done.extend(open.into_iter().rev());
    done
}

fn add<'a>(open: &mut [Folder<'a>], name: &'a str) {
    if let Some(folder) = open.last_mut() {
        folder.children.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
        let mut names = names.to_vec();
        names.sort_unstable();
        folders(names.into_iter()).into_iter().map(|folder| folder.children).collect()
    }

    #[test]
    fn each_folder_comes_once_with_all_its_children() {
        let found = of(&["a", "b-x", "b/c/d", "b/c-", "b/e/", "b/é", "bb/f"]);
        assert_eq!(
            found,
            [vec!["b/c/d"], vec!["b/c-", "b/c", "b/e", "b/é"], vec!["bb/f"], vec!["a", "b-x", "b", "bb"]]
        );
        assert_eq!(of(&[]), [Vec::<&str>::new()]);
    }

    #[test]
    fn names_that_two_have_are_found() {
        let collides = |names: &[&str]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            folders(names.into_iter()).iter().any(|folder| folder.collision().is_some())
        };
        for names in [&["a", "a"][..], &["a", "a/b"], &["a", "a-", "a-b/c", "a/b"], &["x/a", "x/a/"], &["x/a/", "x/a/"]]
        {
            assert!(collides(names), "{names:?}");
        }
        assert!(!collides(&["a", "a-", "a-b/a", "b/a"]));
    }
}
