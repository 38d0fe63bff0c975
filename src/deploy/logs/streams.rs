//! Which streams of a log group are of a function.

/// Lambda names streams `2026/04/30/[version]id`, and in a group that is not the function's own, as other functions may
/// write there too, `2026/04/30/function[version]id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Streams {
    /// The function's name, in a group that others may write to.
    pub function: Option<String>,
    /// The versions that are asked for.
    pub versions: Option<Vec<String>>,
}

impl Streams {
    /// Whether a stream is one of them.
    pub fn has(&self, stream: &str) -> bool {
        let Some((function, version)) = parts(stream) else {
            return self.function.is_none() && self.versions.is_none();
        };
        let is_of_function = self.function.as_deref().is_none_or(|own| function.is_empty() || function == own);
        is_of_function && self.versions.as_ref().is_none_or(|versions| versions.iter().any(|one| one == version))
    }
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
        let own = Streams::default();
        assert!(own.has("2026/04/30/[$LATEST]0a") && own.has("made by hand"));
        let third = Streams { versions: Some(vec!["3".to_owned()]), ..Streams::default() };
        assert!(third.has("2026/04/30/[3]0a"));
        assert!(!third.has("2026/04/30/[$LATEST]0a") && !third.has("2026/04/30/[33]0a") && !third.has("made by hand"));
        let shared = Streams { function: Some("api".to_owned()), versions: None };
        assert!(shared.has("2026/04/30/api[$LATEST]0a") && shared.has("2026/04/30/[$LATEST]0a"));
        assert!(!shared.has("2026/04/30/api-2[$LATEST]0a") && !shared.has("made by hand"));
    }
}
