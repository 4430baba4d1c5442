//! The permissions that gradus prints are those that it needs, judged by moto.

use serde_json::{Value, json};

use crate::moto::{Moto, text};

/// Attaches a policy to the collector, and says what collecting then lacks. moto that
/// judges requests refuses all to EKS, the AWS CLI's as well: what it tells of EKS is
/// left out, and `live_account_planes` asks for those.
fn collect(moto: &Moto, keys: (&str, &str), policy: &Value) -> Vec<String> {
    moto.enforce(false);
    let put = ["put-user-policy", "--user-name", "collector", "--policy-name", "own"];
    let document = policy.to_string();
    moto.iam(&[&put[..], &["--policy-document", &document]].concat());
    moto.enforce(true);
    let folder = tempfile::tempdir().unwrap();
    let collect = ["collect", "aws", "--profile", "prod", "-q", "-o", "dump.json"];
    let run = moto.gradus(folder.path(), keys, &collect);
    assert_eq!(run.status.code(), Some(3), "{}", text(&run.stderr));
    let told = text(&run.stderr);
    let others = told.lines().filter(|line| !line.contains("not collected: eks:"));
    others.map(str::to_owned).collect()
}

#[test]
fn the_printed_policy_is_enough_and_one_action_less_is_a_gap_that_names_it() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let printed = moto.gradus(folder.path(), ("a", "b"), &["collect", "aws", "--permissions"]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed.stderr));
    let policy: Value = serde_json::from_slice(&printed.stdout).unwrap();
    moto.iam(&["create-user", "--user-name", "collector"]);
    let key = moto.iam(&["create-access-key", "--user-name", "collector"]);
    let key: Value = serde_json::from_str(&key).unwrap();
    let part = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    let (id, secret) = (part("AccessKeyId"), part("SecretAccessKey"));
    let keys = (id.as_str(), secret.as_str());

    let told = collect(&moto, keys, &policy);
    assert_eq!(told, Vec::<String>::new(), "with everything");

    let mut tried = 0;
    for statement in policy["Statement"].as_array().unwrap() {
        for action in statement["Action"].as_array().unwrap() {
            // Everybody may ask who they are, whatever a policy says.
            let action = action.as_str().unwrap();
            if action == "sts:GetCallerIdentity" || action.starts_with("eks:") {
                continue;
            }
            let mut less = policy.clone();
            for statement in less["Statement"].as_array_mut().unwrap() {
                statement["Action"].as_array_mut().unwrap().retain(|own| own != action);
            }
            less["Statement"].as_array_mut().unwrap().retain(|one| one["Action"] != json!([]));
            let told = collect(&moto, keys, &less);
            let [gap] = told.as_slice() else { panic!("without {action}: {told:?}") };
            let names_it = gap.contains(&format!("not collected: {action}"));
            assert!(names_it && gap.contains(": AWS refuses it"), "without {action}: {gap}");
            tried += 1;
        }
    }
    assert!(tried >= 9, "{policy}");
}
