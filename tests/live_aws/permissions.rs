//! The permissions that gradus prints are those that it needs, judged by moto.

use serde_json::{Value, json};

use crate::moto::{Moto, text};

/// Attaches a policy to the collector, and says what collecting then gives.
fn collect(moto: &Moto, keys: (&str, &str), policy: &Value) -> (Option<i32>, Vec<String>) {
    moto.enforce(false);
    let put = ["put-user-policy", "--user-name", "collector", "--policy-name", "own"];
    let document = policy.to_string();
    moto.iam(&[&put[..], &["--policy-document", &document]].concat());
    moto.enforce(true);
    let folder = tempfile::tempdir().unwrap();
    let collect = ["collect", "aws", "--profile", "prod", "-q", "-o", "dump.json"];
    let run = moto.gradus(folder.path(), keys, &collect);
    let told = text(&run.stderr).lines().map(str::to_owned).collect();
    (run.status.code(), told)
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

    let (code, told) = collect(&moto, keys, &policy);
    assert_eq!((code, told), (Some(0), Vec::new()), "with everything");

    let mut tried = 0;
    for statement in policy["Statement"].as_array().unwrap() {
        for action in statement["Action"].as_array().unwrap() {
            // Everybody may ask who they are, whatever a policy says.
            if action == "sts:GetCallerIdentity" {
                continue;
            }
            let mut less = policy.clone();
            for statement in less["Statement"].as_array_mut().unwrap() {
                statement["Action"].as_array_mut().unwrap().retain(|own| own != action);
            }
            less["Statement"].as_array_mut().unwrap().retain(|one| one["Action"] != json!([]));
            let (code, told) = collect(&moto, keys, &less);
            assert_eq!(code, Some(3), "without {action}: {told:?}");
            let [gap] = told.as_slice() else { panic!("without {action}: {told:?}") };
            let wanted = format!("not collected: {}: AWS refuses it", action.as_str().unwrap());
            assert!(gap.contains(&wanted), "without {action}: {gap}");
            tried += 1;
        }
    }
    assert!(tried >= 4, "{policy}");
}
