//! The organisation and the clusters of a live account: read as its files are, and
//! whatever is refused of them is told and never a pass.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

#[path = "support/anywhere.rs"]
mod anywhere;
#[path = "support/fake_account.rs"]
mod fake_account;
#[path = "support/fake_server.rs"]
mod fake_server;
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anywhere::anywhere;
use fake_account::{healthy, json_error, result, run};
use fake_server::{Asked, FakeServer, Reply, json_reply};
use serde_json::{Value, json};
use support::{Run, copy};
use tempfile::TempDir;

const LIVE: [&str; 4] = ["--live", "aws", "--timeout", "60"];

fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/link").join(name)
}

/// What a file of the AWS CLI holds; none where there is no such file.
fn file(name: &str) -> Option<Value> {
    let folders = [fixtures("estate/aws"), fixtures("organization")];
    let text = folders.iter().find_map(|folder| fs::read_to_string(folder.join(name)).ok());
    text.map(|text| serde_json::from_str(&text).unwrap())
}

/// JSON as IAM writes it: lists of members, documents as encoded text.
fn iam(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let tag = |(key, value): (&String, &Value)| {
                let content = match key.as_str() {
                    "AssumeRolePolicyDocument" | "PolicyDocument" | "Document" => {
                        value.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
                    }
                    _ => iam(value),
                };
                format!("<{key}>{content}</{key}>")
            };
            fields.iter().map(tag).collect()
        }
        Value::Array(items) => {
            items.iter().map(|item| format!("<member>{}</member>", iam(item))).collect()
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The estate of two planes, in an organisation.
fn estate(asked: &Asked) -> Reply {
    let parameters: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let of = |key: &str| parameters[key].as_str().unwrap_or_default().to_owned();
    let name = match asked.action() {
        "GetAccountAuthorizationDetails" => {
            let details = iam(&file("authorization-details.json").unwrap());
            return result(asked.action(), &format!("{details}<IsTruncated>false</IsTruncated>"));
        }
        "DescribeOrganization" => "describe-organization.json".to_owned(),
        "ListRoots" => "list-roots.json".to_owned(),
        "ListParents" => format!("list-parents.{}.json", of("ChildId")),
        "ListPoliciesForTarget" => format!(
            "list-policies-for-target.{}.{}.json",
            of("TargetId"),
            of("Filter").to_lowercase()
        ),
        "DescribePolicy" => format!("describe-policy.{}.json", of("PolicyId")),
        "ListClusters" => return json_reply(&json!({"clusters": ["prod"]})),
        "ListNodegroups" => return json_reply(&json!({"nodegroups": []})),
        "DescribeCluster" => "cluster.json".to_owned(),
        "ListAccessEntries" => "entries.json".to_owned(),
        "DescribeAccessEntry" => "entry-cloud-bot.json".to_owned(),
        "ListAssociatedAccessPolicies" => "policies-cloud-bot.json".to_owned(),
        "ListPodIdentityAssociations" => "pod-identities.json".to_owned(),
        "DescribePodIdentityAssociation" => "pod-identity.json".to_owned(),
        _ => return healthy(asked),
    };
    let nothing = || match asked.action() {
        "ListPoliciesForTarget" => json_reply(&json!({"Policies": []})),
        _ => json_error(400, "NoSuchFile"),
    };
    file(&name).map_or_else(nothing, |answer| json_reply(&answer))
}

/// The estate, with a live account that answers as `handler` says.
struct Scene {
    server: FakeServer,
    folder: TempDir,
}

impl Scene {
    fn new(handler: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let server =
            FakeServer::account(move |asked| handler(asked).unwrap_or_else(|| estate(asked)));
        let scene = Self { server, folder: tempfile::tempdir().unwrap() };
        let workspace = fs::read_to_string(fixtures("estate/gradus.yaml")).unwrap();
        assert!(workspace.contains("{path: aws/}"));
        let live = workspace.replace("{path: aws/}", "{profile: prod, account: \"111122223333\"}");
        scene.write("gradus.yaml", &live);
        let keys = "[prod]\naws_access_key_id = KEY\naws_secret_access_key = planted-secret\n";
        scene.write("credentials", keys);
        copy(&fixtures("estate/cluster"), &scene.folder.path().join("cluster"));
        scene
    }

    /// An account that is healthy but for one action.
    fn but(action: &'static str, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(move |asked| (asked.action() == action).then(|| reply(asked)))
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(self.folder.path(), &self.server.url(), arguments)
    }

    fn assess(&self) -> String {
        let run = self.run(&[&["assess", "-f", "json"], &LIVE[..]].concat());
        run.ended(0);
        run.stdout
    }

    /// Collects, and returns the document.
    fn collect(&self, code: i32, more: &[&str]) -> (Run, Value) {
        let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json", "--force"];
        let run = self.run(&[&collect[..], &LIVE[2..], more].concat());
        run.ended(code);
        let text = fs::read(self.folder.path().join("it.json")).unwrap();
        (run, serde_json::from_slice(&text).unwrap())
    }
}

fn agent(assessment: &str, name: &str) -> Value {
    let assessment: Value = serde_json::from_str(assessment).unwrap();
    let agents = assessment["agents"].as_array().unwrap();
    agents.iter().find(|agent| agent["name"] == name).cloned().unwrap()
}

/// What the calls of an action were asked for, as the snapshot tells it.
fn listed<'a>(dump: &'a Value, action: &str) -> Vec<(&'a str, u64)> {
    let entries = dump["listed"].as_array().unwrap().iter();
    let own = entries.filter(|entry| entry["action"] == action);
    own.map(|entry| {
        (entry["region"].as_str().unwrap_or_default(), entry["items"].as_u64().unwrap())
    })
    .collect()
}

#[test]
fn a_live_estate_is_assessed_as_its_files_are() {
    let scene = Scene::new(|_| None);
    let live = scene.assess();
    let files = tempfile::tempdir().unwrap();
    copy(&fixtures("estate"), files.path());
    let moved = files.path().join("aws/prod");
    copy(&fixtures("estate/aws"), &moved);
    copy(&fixtures("organization"), &moved);
    for entry in fs::read_dir(files.path().join("aws")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    let run = run(files.path(), "http://127.0.0.1:1", &["assess", "-f", "json"]);
    run.ended(0);
    let (file, here) = (anywhere(&run.stdout, "aws/prod"), anywhere(&live, "aws/prod"));
    let other = file.lines().zip(here.lines()).find(|(file, live)| file != live);
    assert_eq!(other, None, "the first line that differs");
    assert_eq!(file.len(), here.len());

    let alone = Scene::but("DescribeOrganization", |_| {
        json_error(400, "AWSOrganizationsNotInUseException")
    });
    let alone = alone.assess();
    // Through an access entry, a Pod Identity association and a trust policy.
    for name in ["cloud-bot", "identity-bot", "pod-bot"] {
        assert!(agent(&alone, name)["granted"]["level"].as_u64() > Some(1), "{name}");
    }
    // The unit's policy takes from the role what the role's own gives.
    assert!(agent(&alone, "pod-bot")["capabilities"].to_string().contains("DeleteObject"));
    assert!(!agent(&live, "pod-bot")["capabilities"].to_string().contains("DeleteObject"));
    assert!(live.contains("asked for their clusters of EKS were us-east-1 alone"));
}

#[test]
fn what_is_refused_of_the_organisation_is_told_and_takes_nothing_away() {
    for action in [
        "DescribeOrganization",
        "ListRoots",
        "ListParents",
        "ListPoliciesForTarget",
        "DescribePolicy",
    ] {
        let scene = Scene::but(action, |_| json_error(400, "AccessDeniedException"));
        let (run, _) = scene.collect(3, &[]);
        let told: Vec<&str> =
            run.stderr.lines().filter(|line| line.contains("not collected")).collect();
        let [gap] = told.as_slice() else { panic!("{action}: {told:?}") };
        assert!(gap.contains(&format!("organizations:{action}")), "{gap}");
        assert!(gap.contains("AWS refuses it (AccessDeniedException"), "{gap}");
        let assessment = scene.assess();
        assert!(assessment.contains(&format!("organizations:{action}")), "{action}");
        // What nobody told takes no right away. What there is and which kinds are switched
        // on, the policies that are attached tell as well.
        if !["DescribeOrganization", "ListRoots"].contains(&action) {
            let bot = agent(&assessment, "pod-bot");
            assert!(bot["capabilities"].to_string().contains("DeleteObject"), "{action}");
        }
    }
}

#[test]
fn what_is_refused_of_clusters_is_told_and_leaves_who_comes_in_unknown() {
    for action in [
        "ListClusters",
        "DescribeCluster",
        "ListAccessEntries",
        "DescribeAccessEntry",
        "ListAssociatedAccessPolicies",
        "ListPodIdentityAssociations",
        "DescribePodIdentityAssociation",
        "ListNodegroups",
    ] {
        let scene = Scene::but(action, |_| json_error(403, "AccessDeniedException"));
        let (run, dump) = scene.collect(3, &[]);
        let told: Vec<&str> =
            run.stderr.lines().filter(|line| line.contains("not collected")).collect();
        let [gap] = told.as_slice() else { panic!("{action}: {told:?}") };
        assert!(gap.contains(&format!("eks:{action}")) && gap.contains("in us-east-1"), "{gap}");
        assert_eq!(dump["gaps"].as_array().unwrap().len(), 1, "{action}");
        let gate = [&["gate", "--max-over-extension", "5"], &LIVE[..]].concat();
        let gated = scene.run(&gate);
        assert_ne!(gated.code, Some(0), "{action}: {gated:#?}");
    }
}

#[test]
fn every_region_that_is_named_is_asked_and_no_other() {
    let scene = Scene::new(|_| None);
    let regions = ["--region", "eu-central-1", "--region", "us-west-2"];
    let (_, dump) = scene.collect(0, &regions);
    assert_eq!(listed(&dump, "eks:ListClusters"), [("eu-central-1", 1), ("us-west-2", 1)]);
    assert_eq!(listed(&dump, "organizations:ListParents"), [("", 2)]);
    let scope = |asked: &Asked| {
        let (_, scope) = asked.authorization.split_once("Credential=").unwrap();
        let mut parts = scope.split('/').skip(2).map(str::to_owned);
        (parts.next().unwrap(), parts.next().unwrap())
    };
    let scopes: std::collections::BTreeSet<_> = scene.server.asked().iter().map(scope).collect();
    let of = |service: &str| -> Vec<&str> {
        let own = scopes.iter().filter(|(_, own)| own == service);
        own.map(|(region, _)| region.as_str()).collect()
    };
    assert_eq!(of("eks"), ["eu-central-1", "us-west-2"]);
    // Organizations are in one region of each part of AWS.
    assert_eq!(of("organizations"), ["us-east-1"]);
}

#[test]
fn a_profile_that_stands_twice_is_read_once_in_both_regions() {
    let scene = Scene::new(|_| None);
    let workspace = fs::read_to_string(scene.folder.path().join("gradus.yaml")).unwrap();
    let twice = workspace.replace(
        "{profile: prod, account: \"111122223333\"}",
        "{profile: prod, region: eu-central-1}, {profile: prod, region: eu-west-1}",
    );
    scene.write("gradus.yaml", &twice);
    let assessment = scene.assess();
    assert!(assessment.contains("were eu-central-1, eu-west-1 alone"));
    let asked = scene.server.asked();
    assert_eq!(asked.iter().filter(|asked| asked.action() == "GetCallerIdentity").count(), 1);
}

#[test]
fn lists_of_many_pages_are_put_together() {
    let scene = Scene::new(|asked| {
        let last = asked.query.contains("nextToken=a%2Fb%3D") || asked.body.contains("a/b=");
        let page = |key: &str, one: &[&str], two: &[&str], next: &str| {
            let (entries, token) = if last { (two, json!(null)) } else { (one, json!("a/b=")) };
            json_reply(&json!({key: entries, next: token}))
        };
        let list =
            |id: &str| file(&format!("list-policies-for-target.{id}.service_control_policy.json"));
        match asked.action() {
            "ListClusters" => Some(page("clusters", &[], &["prod"], "nextToken")),
            "ListPoliciesForTarget" if asked.body.contains("ou-ab12-cdefghij") => {
                let all = list("ou-ab12-cdefghij").unwrap();
                let (at, token) = if last { (1, json!(null)) } else { (0, json!("a/b=")) };
                Some(json_reply(&json!({"Policies": [all["Policies"][at]], "NextToken": token})))
            }
            _ => None,
        }
    });
    let whole = Scene::new(|_| None);
    assert_eq!(scene.assess(), whole.assess());
    let (_, dump) = scene.collect(0, &[]);
    assert_eq!(listed(&dump, "organizations:ListPoliciesForTarget"), [("", 3)]);
}

#[test]
fn a_list_that_breaks_off_keeps_what_came_and_is_no_list_of_all() {
    for last in
        [json_error as fn(u16, &str) -> Reply, |_, _| json_reply(&json!({"nextToken": "x"}))]
    {
        let scene = Scene::but("ListAccessEntries", move |asked| {
            if asked.query.contains("nextToken=more") {
                return last(400, "InvalidParameterException");
            }
            let entries = file("entries.json").unwrap()["accessEntries"].clone();
            json_reply(&json!({"accessEntries": entries, "nextToken": "more"}))
        });
        let (run, _) = scene.collect(3, &[]);
        run.says("eks:ListAccessEntries of prod in us-east-1");
        let assessment = scene.assess();
        assert!(agent(&assessment, "cloud-bot").to_string().contains("AmazonEKSEditPolicy"));
        // Whom the rest of the list lets in is unknown: so are the rights of everybody.
        let plain = agent(&assessment, "plain-bot")["granted"].clone();
        assert_eq!(plain["level"], Value::Null, "{plain}");
    }
}

#[test]
fn busy_services_are_waited_for_and_garbage_is_a_gap() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let scene = Scene::but("DescribeCluster", move |own| {
        match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => json_error(429, "TooManyRequestsException"),
            1 => json_error(503, "ServiceUnavailableException"),
            _ => estate(own),
        }
    });
    scene.collect(0, &[]);
    for text in ["<html>", "[]", "{}", "{\"clusters\": 1", "\u{0}"] {
        let scene = Scene::but("ListClusters", move |_| {
            let headers = vec![("content-type", "application/json".to_owned())];
            Reply::Full(200, headers, text.as_bytes().to_vec())
        });
        let (run, _) = scene.collect(3, &[]);
        run.says("eks:ListClusters in us-east-1: the answer cannot be read");
    }
    let scene = Scene::but("ListClusters", |_| Reply::Silence);
    let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json", "--timeout", "12"];
    scene.run(&collect).ended(3).says("eks:ListClusters in us-east-1: no answer within 3 s");
}

#[test]
fn a_cluster_that_leaves_access_to_its_config_map_is_not_asked_for_entries() {
    let scene = Scene::new(|asked| match asked.action() {
        "DescribeCluster" => {
            let mut cluster = file("cluster.json").unwrap();
            cluster["cluster"]["accessConfig"]["authenticationMode"] = json!("CONFIG_MAP");
            Some(json_reply(&cluster))
        }
        "ListAccessEntries" => Some(json_error(400, "InvalidRequestException")),
        _ => None,
    });
    scene.collect(0, &[]);
    assert!(!scene.assess().contains("not every access entry"));
}

#[test]
fn endpoints_of_single_services_are_honoured() {
    let own = FakeServer::account(estate);
    let scene = Scene::new(|_| None);
    let gradus = |endpoints: &[(&str, &str)]| {
        let output = support::gradus(scene.folder.path())
            .env("AWS_CONFIG_FILE", "/nonexistent")
            .env("AWS_SHARED_CREDENTIALS_FILE", scene.folder.path().join("credentials"))
            .envs(endpoints.iter().copied())
            .args(["collect", "aws", "--profile", "prod", "-o", "it.json", "--force"])
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (url, own_url) = (scene.server.url(), own.url());
    let (code, told) = gradus(&[
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ENDPOINT_URL_EKS", &own_url),
        ("AWS_ENDPOINT_URL_ORGANIZATIONS", &own_url),
    ]);
    assert_eq!(code, Some(0), "{told}");
    let services = |server: &FakeServer, service: &str| {
        let of = |asked: &Asked| asked.authorization.contains(&format!("/{service}/"));
        server.asked().iter().filter(|asked| of(asked)).count()
    };
    assert_eq!((services(&own, "eks"), services(&own, "organizations")), (8, 9));
    assert_eq!((services(&scene.server, "eks"), services(&scene.server, "organizations")), (0, 0));
}
