//! Which streams of a log group are of a function.

/// Lambda names streams `2026/04/30/[version]id`, and of functions that log to another group than the one named after
/// them `2026/04/30/function[version]id`. Any function may do so, so there may be such in each group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Streams {
    /// The function's name.
    pub function: String,
    /// Whether the group is the one named after it.
    pub is_own_group: bool,
    /// The versions that are asked for.
    pub versions: Option<Vec<String>>,
}

impl Streams {
    /// Whether a stream is one of them.
    pub fn has(&self, stream: &str) -> bool {
        let Some((function, version)) = parts(stream) else {
            return self.is_own_group && self.versions.is_none();
        };
        let is_of_function = if function.is_empty() { self.is_own_group } else { function == self.function };
        is_of_function && self.versions.as_ref().is_none_or(|versions| versions.iter().any(|one| one == version))
    }
}

/// Whether a stream in the group named after a function is another function's.
pub fn is_of_another(stream: &str, function: &str) -> bool {
    parts(stream).is_some_and(|(named, _)| !named.is_empty() && named != function)
}

fn parts(stream: &str) -> Option<(&str, &str)> {
    let (function, rest) = stream.splitn(4, '/').nth(3)?.split_once('[')?;
    Some((function, rest.split_once(']')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_other_functions_and_versions_are_known_by_their_names() {
        let streams = |is_own_group, version: Option<&str>| {
            let versions = version.map(|version| vec![version.to_owned()]);
            Streams { function: "api".to_owned(), is_own_group, versions }
        };
        let own = streams(true, None);
        assert!(own.has("2026/04/30/[$LATEST]0a") && own.has("2026/04/30/api[1]0a") && own.has("made by hand"));
        assert!(!own.has("2026/04/30/other[$LATEST]0a"));
        let third = streams(true, Some("3"));
        assert!(third.has("2026/04/30/[3]0a") && third.has("2026/04/30/api[3]0a"));
        assert!(!third.has("2026/04/30/[$LATEST]0a") && !third.has("2026/04/30/[33]0a") && !third.has("made by hand"));
        let shared = streams(false, None);
        assert!(shared.has("2026/04/30/api[$LATEST]0a"));
        for other in ["2026/04/30/api-2[$LATEST]0a", "2026/04/30/[$LATEST]0a", "made by hand"] {
            assert!(!shared.has(other), "{other}");
        }
        assert!(is_of_another("2026/04/30/other[1]0a", "api"));
        for own in ["2026/04/30/[1]0a", "2026/04/30/api[1]0a", "made by hand"] {
            assert!(!is_of_another(own, "api"), "{own}");
        }
    }
}
