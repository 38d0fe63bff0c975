//! A plan that was made before, beside what is to be done now.

use crate::archive::Summary;
use crate::deploy::function::Function;
use crate::deploy::options::{DeployOptions, Expected};
use crate::deploy::plan::{Change, Plan};
use crate::deploy::{attachments, masked, release};
use crate::error::Error;

/// Whether a plan that was made before is still what is to be done.
///
/// # Errors
/// [`Error::FunctionChanged`] when the function is another one by now, [`Error::PlanDiffers`].
pub fn compare(
    options: &DeployOptions,
    expected: &Expected,
    deployed: Option<&Function>,
    plan: &Plan,
    archive: &Summary,
) -> Result<(), Error> {
    let function_name = || options.function_name.clone();
    if deployed.and_then(|deployed| deployed.revision_id.as_ref()) != expected.revision_id.as_ref() {
        return Err(Error::FunctionChanged { function_name: function_name(), changed: vec!["revisionId".to_owned()] });
    }
    let mut differs = Vec::new();
    if archive.sha256_base64() != expected.code_sha256 {
        differs.push("codeSha256".to_owned());
    }
    // Those of the release are found when it comes to it, by what there is then.
    let of_release = |change: &&Change| {
        [release::VERSION, release::ALIAS, release::PUBLISH_TO].contains(&change.field.as_str())
            || change.field.starts_with(attachments::OF_VERSION)
    };
    let before: Vec<_> = expected.changes.iter().filter(|change| !of_release(change)).collect();
    let now: Vec<_> = plan.changes.iter().collect();
    let unplanned = now.iter().filter(|change| !before.iter().any(|planned| masked::is_same(planned, change)));
    differs.extend(unplanned.map(|change| change.field.clone()));
    let missing = before.iter().filter(|planned| !now.iter().any(|change| masked::is_same(planned, change)));
    differs.extend(missing.map(|planned| planned.field.clone()));
    differs.sort();
    differs.dedup();
    if differs.is_empty() { Ok(()) } else { Err(Error::PlanDiffers { function_name: function_name(), differs }) }
}
