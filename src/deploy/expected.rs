//! A plan that was made before, beside what is to be done now.

use crate::archive::Summary;
use crate::deploy::function::Function;
use crate::deploy::masked;
use crate::deploy::options::{DeployOptions, Expected};
use crate::deploy::plan::{Change, Upload};
use crate::error::Error;

/// What would be done now.
pub struct Told {
    /// What differs, the release included.
    pub changes: Vec<Change>,
    /// AWS's names of the operations, in their order.
    pub operations: Vec<&'static str>,
    /// How the archive would go.
    pub upload: Upload,
}

/// Whether a plan that was made before is still what is to be done.
///
/// # Errors
/// [`Error::FunctionChanged`] when the function is another one by now, [`Error::PlanDiffers`].
pub fn compare(
    options: &DeployOptions,
    expected: &Expected,
    deployed: Option<&Function>,
    region: Option<&str>,
    archive: &Summary,
    told: &Told,
) -> Result<(), Error> {
    let function_name = || options.function_name.clone();
    if deployed.and_then(|deployed| deployed.revision_id.as_ref()) != expected.revision_id.as_ref() {
        return Err(Error::FunctionChanged { function_name: function_name(), changed: vec!["revisionId".to_owned()] });
    }
    let bucket = options.s3.as_ref().map(|s3| &s3.bucket).filter(|_| told.upload == Upload::S3);
    let same = [
        ("region", expected.region.as_deref() == region),
        ("alias", expected.alias == options.alias),
        ("codeSha256", expected.code_sha256 == archive.sha256_base64()),
        ("upload", expected.upload == told.upload),
        ("s3.bucket", expected.bucket.as_ref() == bucket),
    ];
    let mut differs: Vec<_> = same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name.to_owned()).collect();
    differs.extend(differing(&expected.changes, &told.changes));
    if differs.is_empty() && expected.operations != told.operations {
        differs.push("operations".to_owned());
    }
    differs.sort();
    differs.dedup();
    if differs.is_empty() { Ok(()) } else { Err(Error::PlanDiffers { function_name: function_name(), differs }) }
}

/// The fields of changes that only one of the two has. Each is matched with one of the other, so that two of the same are
/// not one.
fn differing(planned: &[Change], now: &[Change]) -> Vec<String> {
    let mut left: Vec<_> = now.iter().collect();
    let mut differs = Vec::new();
    for change in planned {
        match left.iter().position(|now| masked::is_same(change, now)) {
            Some(at) => drop(left.swap_remove(at)),
            None => differs.push(change.field.clone()),
        }
    }
    differs.extend(left.into_iter().map(|change| change.field.clone()));
    differs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: &str, after: &str) -> Change {
        Change { field: field.to_owned(), before: None, after: Some(after.to_owned()) }
    }

    #[test]
    fn each_change_is_one_of_the_plan() {
        let (a, b) = (change("permissions", "a"), change("timeout", "9"));
        let none: [String; 0] = [];
        let ab = [a.clone(), b.clone()];
        let twice = [a.clone(), a.clone()];
        assert_eq!(differing(&ab, &[b, a]), none);
        assert_eq!(differing(&ab[..1], &twice), ["permissions"]);
        assert_eq!(differing(&ab, &ab[..1]), ["timeout"]);
        assert_eq!(differing(&ab[..1], &[change("permissions", "c")]), ["permissions", "permissions"]);
    }
}
