//! What an ARN looks like: `arn:partition:service:region:account:resource`.

/// Whether it is one, of any service.
pub fn is_arn(text: &str) -> bool {
    parts(text).is_some()
}

/// Whether it is the ARN of something of that kind of Lambda's, like `function`.
pub fn is_of_lambda(text: &str, kind: &str) -> bool {
    parts(text).is_some_and(|Parts { service, region, account, resource }| {
        let name = resource.strip_prefix(kind).and_then(|name| name.strip_prefix(':'));
        service == "lambda" && !region.is_empty() && is_account(account) && name.is_some_and(|name| !name.is_empty())
    })
}

/// The 12 digits of an account.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

struct Parts<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let mut parts = text.splitn(6, ':');
    let (start, partition) = (parts.next()?, parts.next()?);
    let (service, region, account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_one = start == "arn" && partition.starts_with("aws") && plain(partition) && plain(service);
    (is_one && !resource.is_empty()).then_some(Parts { service, region, account, resource })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_six_parts_of_which_the_region_and_the_account_may_be_empty() {
        for good in [
            "arn:aws:s3:::bucket",
            "arn:aws:s3:::bucket/*",
            "arn:aws-cn:sqs:cn-north-1:123456789012:queue",
            "arn:aws:execute-api:eu-west-1:123456789012:abc/*/GET/x:y",
        ] {
            assert!(is_arn(good), "{good}");
        }
        for bad in
            ["", "arn:", "arn:aws", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "arn:other:s3:::b", "aws:s3:::b:c"]
        {
            assert!(!is_arn(bad), "{bad}");
        }
    }

    #[test]
    fn the_kind_the_region_and_the_account_are_looked_at() {
        let of = |arn: &str| is_of_lambda(arn, "capacity-provider");
        assert!(of("arn:aws:lambda:eu-west-1:123456789012:capacity-provider:p"));
        for bad in [
            "arn:aws:lambda:eu-west-1:123456789012:function:p",
            "arn:aws:lambda:eu-west-1:123456789012:capacity-provider:",
            "arn:aws:lambda:eu-west-1:123456789012:capacity-provider",
            "arn:aws:lambda::123456789012:capacity-provider:p",
            "arn:aws:lambda:eu-west-1:1:capacity-provider:p",
            "arn:aws:s3:eu-west-1:123456789012:capacity-provider:p",
        ] {
            assert!(!of(bad), "{bad}");
        }
    }
}
