//! Live accounts that fail, lie, or answer slowly: a gap with a name or a clear
//! error each, within the time that was given, and never a pass.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

#[path = "support/fake_account.rs"]
mod fake_account;
#[path = "support/fake_server.rs"]
mod fake_server;
mod support;

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use fake_account::{ACCOUNT, ROLE, error, page, result, run, xml};
use fake_server::{Asked, FakeServer, Reply};
use serde_json::{Value, json};
use support::{Run, gradus};
use tempfile::TempDir;

const DETAILS: &str = "GetAccountAuthorizationDetails";
const SUMMARY: &str = "GetAccountSummary";
const LIVE: [&str; 4] = ["--live", "aws", "--timeout", "20"];

/// One declared agent, whose account is live.
const WORKSPACE: &str = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: test}\n\
    agents:\n- name: bot\n  environment: prod\n  owner: ada\n  purpose: looks\n  \
    principals: {aws: [\"arn:aws:iam::111122223333:role/bot\"]}\n\
    sources:\n  aws: [{profile: prod, account: \"111122223333\"}]\n";

const CREDENTIALS: &str = "[prod]\naws_access_key_id = KEYOFPROD\n\
    aws_secret_access_key = planted-secret\n[staging]\naws_access_key_id = KEYOFSTAGING\n\
    aws_secret_access_key = planted-secret\n";

/// A workspace, and an account that answers as `handler` says.
struct Scene {
    server: FakeServer,
    folder: TempDir,
}

impl Scene {
    fn new(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let scene =
            Self { server: FakeServer::account(handler), folder: tempfile::tempdir().unwrap() };
        scene.write("gradus.yaml", WORKSPACE);
        scene.write("credentials", CREDENTIALS);
        scene
    }

    /// An account that is healthy but for one action.
    fn but(action: &'static str, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(move |asked| if asked.action() == action { reply(asked) } else { Reply::Healthy })
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let run = run(self.folder.path(), &self.server.url(), arguments);
        run.never_says("planted-secret");
        run
    }

    fn assess(&self) -> Value {
        let run = self.run(&[&["assess", "-f", "json"], &LIVE[..]].concat());
        run.ended(0);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Collects, and returns the text of the snapshot.
    fn collect(&self, code: i32) -> (Run, String) {
        let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json", "--force"];
        let run = self.run(&[&collect[..], &LIVE[2..]].concat());
        run.ended(code);
        (run, fs::read_to_string(self.folder.path().join("it.json")).unwrap())
    }
}

/// The one source of an assessment.
fn source(assessment: &Value) -> &Value {
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 1, "{sources:#?}");
    &sources[0]
}

fn granted(assessment: &Value) -> &Value {
    &assessment["agents"][0]["granted"]["level"]
}

/// The action is a gap that is named and told, the gate is incomplete, and where the
/// details are concerned the rights of the agent are unknown.
#[track_caller]
fn is_a_gap(scene: &Scene, action: &str, why: &str) {
    let began = Instant::now();
    let assessment = scene.assess();
    let source = source(&assessment);
    assert_ne!(source["status"], "read", "{source:#}");
    let reason = source["reason"].as_str().unwrap();
    assert!(reason.contains(&format!(":{action}: ")) && reason.contains(why), "{reason}");
    if action == DETAILS {
        assert_ne!(granted(&assessment), 1);
    } else {
        assert_eq!(granted(&assessment), 1);
    }
    let (run, _) = scene.collect(3);
    run.says(action).says(why);
    let gate = [&["gate", "--max-over-extension", "5"], &LIVE[..]].concat();
    let gated = scene.run(&gate);
    assert_ne!(gated.code, Some(0), "{gated:#?}");
    gated.says("may be unseen");
    assert!(began.elapsed() < Duration::from_secs(3 * 25), "{:?}", began.elapsed());
}

#[test]
fn a_healthy_account_leaves_no_gap_and_is_only_ever_read() {
    let scene = Scene::new(|_| Reply::Healthy);
    let assessment = scene.assess();
    let source = source(&assessment);
    assert_eq!((&source["status"], &source["path"]), (&json!("read"), &json!("aws/prod")));
    assert_eq!(granted(&assessment), 1);
    let asked = scene.server.asked();
    assert_eq!(asked.len(), 7, "{asked:?}");
    for asked in asked {
        let reads = ["Get", "List", "Describe"];
        assert!(reads.iter().any(|verb| asked.action().starts_with(verb)), "{asked:?}");
        // The profile that was named, whatever the variables say.
        assert!(asked.authorization.contains("Credential=KEYOFPROD/"), "{asked:?}");
    }
}

#[test]
fn an_account_and_its_dump_give_the_same_bytes_and_hold_no_secret() {
    let scene = Scene::new(|_| Reply::Healthy);
    let live = scene.run(&[&["assess", "-f", "json"], &LIVE[..]].concat());
    let (_, text) = scene.collect(0);
    assert!(!text.contains("planted") && !text.contains("KEYOF"), "{text}");
    let elsewhere = tempfile::tempdir().unwrap();
    let workspace = WORKSPACE.replace("profile: prod, account: \"111122223333\"", "path: it.json");
    fs::write(elsewhere.path().join("gradus.yaml"), workspace).unwrap();
    fs::write(elsewhere.path().join("it.json"), text).unwrap();
    let file = run(elsewhere.path(), "http://127.0.0.1:1", &["assess", "-f", "json"]);
    assert_eq!(file.stdout, live.stdout);
}

#[test]
fn every_call_that_is_refused_is_a_gap_that_names_it() {
    for action in [DETAILS, SUMMARY, "GetCredentialReport", "ListAccountAliases"] {
        is_a_gap(&Scene::but(action, |_| error(403, "AccessDenied")), action, "AccessDenied");
    }
}

#[test]
fn a_report_that_is_not_there_is_a_gap_that_says_how_to_make_one() {
    for code in ["ReportNotPresent", "ReportExpired"] {
        let scene = Scene::but("GetCredentialReport", move |_| error(410, code));
        is_a_gap(&scene, "GetCredentialReport", "aws iam generate-credential-report");
        let made = |asked: &Asked| asked.action() == "GenerateCredentialReport";
        assert!(!scene.server.asked().iter().any(made));
    }
}

#[test]
fn throttling_is_waited_for() {
    let asked = AtomicUsize::new(0);
    let scene = Scene::but(DETAILS, move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => error(400, "Throttling"),
        1 => error(503, "ServiceUnavailable"),
        _ => Reply::Healthy,
    });
    let (_, text) = scene.collect(0);
    assert!(text.contains(ROLE));
}

#[test]
fn an_account_that_stays_busy_or_broken_is_a_gap() {
    is_a_gap(&Scene::but(DETAILS, |_| xml(500, "boom")), DETAILS, "500");
    is_a_gap(&Scene::but(SUMMARY, |_| error(400, "Throttling")), SUMMARY, "Throttling");
}

#[test]
fn garbage_is_a_gap() {
    for text in
        ["", "<html>hello</html>", "{}", "\u{0}\u{1}", "<GetAccountAuthorizationDetailsResponse>"]
    {
        is_a_gap(&Scene::but(DETAILS, move |_| xml(200, text)), DETAILS, "cannot be read");
    }
    let empty = Scene::but(DETAILS, |_| result(DETAILS, "<IsTruncated>false</IsTruncated>"));
    is_a_gap(&empty, DETAILS, "it has no UserDetailList");
}

#[test]
fn what_is_no_answer_of_aws_is_called_so_and_leaves_no_file() {
    for text in ["<html><body>Log in</body></html>", "\u{0} garbage"] {
        let scene = Scene::new(move |_| xml(200, text));
        let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json"];
        scene.run(&collect).ended(3).says("no answer of AWS").never_says("StartEl");
        assert!(!scene.folder.path().join("it.json").exists());
    }
    let scene = Scene::new(|_| error(403, "AccessDenied"));
    scene.run(&["collect", "aws", "--profile", "prod", "-o", "it.json"]).ended(3).says("nothing");
    assert!(!scene.folder.path().join("it.json").exists());
}

#[test]
fn a_region_that_would_lead_elsewhere_is_refused() {
    let scene = Scene::new(|_| Reply::Healthy);
    for region in ["evil.example/", "EU", "eu west", "x@y", ""] {
        let collect = ["collect", "aws", "--profile", "prod", "--region", region, "-o", "it.json"];
        scene.run(&collect).ended(2).says("is no region");
    }
    assert!(scene.server.asked().is_empty());
}

#[test]
fn a_machine_that_refuses_its_metadata_gives_no_credentials() {
    let machine = FakeServer::account(|_| xml(403, "no"));
    let folder = tempfile::tempdir().unwrap();
    let output = gradus(folder.path())
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.url())
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .args(["collect", "aws", "--region", "eu-west-1", "-o", "it.json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("there are no AWS credentials"), "{said}");
}

#[test]
fn only_credentials_that_expired_are_to_be_renewed() {
    for (code, renew) in [("ExpiredToken", true), ("SignatureDoesNotMatch", false)] {
        let scene = Scene::new(move |_| error(403, code));
        let run = scene.run(&["collect", "aws", "--profile", "prod", "-o", "it.json"]);
        run.ended(3).says(code);
        assert_eq!(run.stderr.contains("renew them"), renew, "{run:?}");
    }
}

#[test]
fn an_answer_that_is_cut_short_is_a_gap() {
    let cut = || {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 5000\r\n\r\n";
        Reply::Raw([head.as_bytes(), b"<GetAccountAuthorizationDetailsResponse>"].concat())
    };
    is_a_gap(&Scene::but(DETAILS, move |_| cut()), DETAILS, "");
}

#[test]
fn an_answer_that_never_comes_or_drips_is_cut_off() {
    is_a_gap(&Scene::but(DETAILS, |_| Reply::Silence), DETAILS, "no answer within 5 s");
    is_a_gap(&Scene::but(SUMMARY, |_| Reply::Drip), SUMMARY, "no answer within 5 s");
}

#[test]
fn an_answer_without_bound_is_cut_off() {
    let scene = Scene::but(SUMMARY, |_| {
        Reply::Full(200, vec![("content-type", "text/xml".to_owned())], vec![b' '; 65 << 20])
    });
    let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json", "--timeout", "240"];
    scene.run(&collect).ended(3).says("iam:GetAccountSummary: the answer breaks off");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = FakeServer::account(|_| Reply::Healthy);
    let target = elsewhere.url();
    let scene = Scene::but(DETAILS, move |_| {
        Reply::Full(302, vec![("location", target.clone())], Vec::new())
    });
    is_a_gap(&scene, DETAILS, "302");
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn pages_are_put_together() {
    let second = "arn:aws:iam::111122223333:role/second";
    let scene = Scene::but(DETAILS, move |asked| match asked.parameter("Marker") {
        None => page(ROLE, "<IsTruncated>true</IsTruncated><Marker>next/page+1</Marker>"),
        Some("next%2Fpage%2B1") => page(second, "<IsTruncated>false</IsTruncated>"),
        Some(_) => error(400, "InvalidMarker"),
    });
    let (_, text) = scene.collect(0);
    assert!(text.contains(ROLE) && text.contains(second));
    assert_eq!(granted(&scene.assess()), 1);
}

#[test]
fn pages_that_break_off_keep_what_came_and_leave_rights_unknown() {
    let scene = Scene::but(DETAILS, |asked| match asked.parameter("Marker") {
        None => page(ROLE, "<IsTruncated>true</IsTruncated><Marker>next</Marker>"),
        Some(_) => error(403, "AccessDenied"),
    });
    is_a_gap(&scene, DETAILS, "AccessDenied");
    assert!(scene.collect(3).1.contains(ROLE));
    let lost = Scene::but(DETAILS, |_| page(ROLE, "<IsTruncated>true</IsTruncated>"));
    is_a_gap(&lost, DETAILS, "names no next page");
}

#[test]
fn pages_without_end_end() {
    let scene = Scene::but(DETAILS, |_| {
        page(ROLE, "<IsTruncated>true</IsTruncated><Marker>the same</Marker>")
    });
    is_a_gap(&scene, DETAILS, "every page sends to itself");
}

#[test]
fn expired_credentials_are_an_error_that_says_what_to_do() {
    let scene = Scene::new(|_| error(403, "ExpiredToken"));
    let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json"];
    scene.run(&collect).ended(3).says("ExpiredToken").says("aws sts get-caller-identity");
    assert!(!scene.folder.path().join("it.json").exists());
    let assessment = scene.assess();
    let source = source(&assessment);
    assert_eq!(source["status"], "failed");
    assert_ne!(granted(&assessment), 1);
    let gated = scene.run(&[&["gate", "--max-over-extension", "5"], &LIVE[..]].concat());
    assert_ne!(gated.code, Some(0), "{gated:#?}");
}

#[test]
fn credentials_that_expire_on_the_way_are_gaps() {
    is_a_gap(&Scene::but(DETAILS, |_| error(403, "ExpiredToken")), DETAILS, "ExpiredToken");
}

#[test]
fn an_account_that_nobody_tells_is_not_taken_for_the_one_that_was_named() {
    let scene = Scene::but("GetCallerIdentity", |_| error(403, "AccessDenied"));
    assert_eq!(source(&scene.assess())["status"], "failed");
    let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json"];
    scene.run(&collect).ended(3).says("not collected: sts:GetCallerIdentity");
    let other = Scene::but("GetCallerIdentity", |_| {
        let content = "<Arn>arn</Arn><UserId>u</UserId><Account>999999999999</Account>";
        result("GetCallerIdentity", content)
    });
    let assessment = other.assess();
    let reason = source(&assessment)["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("999999999999") && reason.contains(ACCOUNT), "{reason}");
    assert_ne!(granted(&assessment), 1);
}

#[test]
fn an_endpoint_that_is_not_there_is_an_error() {
    let scene = Scene::new(|_| Reply::Healthy);
    let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json", "--timeout", "20"];
    let run = run(scene.folder.path(), "http://127.0.0.1:1", &collect);
    run.ended(3).says("cannot be reached");
}

#[test]
fn a_misspelt_profile_names_those_there_are_the_nearest_first() {
    let scene = Scene::new(|_| Reply::Healthy);
    let collect = ["collect", "aws", "--profile", "stagin", "-o", "it.json"];
    scene.run(&collect).ended(2).says("profile `stagin`").says("which has staging, prod");
    let run = scene.run(&["assess", "--live", "aws=stagin", "-f", "json"]);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    assert!(sources.iter().any(|source| source["path"] == "aws/stagin"), "{sources:#?}");
    assert_ne!(granted(&assessment), 1);
    assert!(scene.server.asked().is_empty());
}

#[test]
fn no_credentials_and_broken_files_are_errors() {
    let scene = Scene::new(|_| Reply::Healthy);
    scene.write("credentials", "[prod]\nplanted-secret\n");
    scene.run(&["collect", "aws", "-o", "it.json"]).ended(2).says("configuration");
    scene.write("credentials", "[prod]\nregion = eu-west-1\n");
    let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json"];
    scene.run(&collect).ended(2);
    assert!(scene.server.asked().is_empty());
}

#[cfg(unix)]
#[test]
fn a_credentials_process_is_asked_once_and_what_it_prints_is_not_told() {
    let scene = Scene::new(|_| Reply::Healthy);
    let process = |script: &str| format!("[profile tool]\ncredential_process = {script}\n");
    scene.write(
        "it.sh",
        "echo x >> calls; echo '{\"Version\":1,\"AccessKeyId\":\"KEYOFATOOL\",\
         \"SecretAccessKey\":\"planted-secret\"}'\n",
    );
    scene.write("config", &process("sh it.sh"));
    let collect = ["collect", "aws", "--profile", "tool", "-o", "it.json", "--force"];
    scene.run(&collect).ended(0);
    assert!(scene.server.asked()[0].authorization.contains("KEYOFATOOL"));
    assert_eq!(fs::read_to_string(scene.folder.path().join("calls")).unwrap(), "x\n");
    scene.write("it.sh", "echo planted-secret; echo planted-secret >&2; exit 3\n");
    scene.run(&collect).ended(3).says("`credential_process`");
    scene.write("it.sh", "exec sleep 300\n");
    let began = Instant::now();
    scene.run(&[&collect[..], &["--timeout", "4"]].concat()).ended(3).says("does not answer");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn an_endpoint_of_one_service_is_honoured() {
    let iam = FakeServer::account(|_| Reply::Healthy);
    let scene = Scene::new(|_| Reply::Healthy);
    let collect = ["collect", "aws", "--profile", "prod", "-o", "it.json"];
    let output = gradus(scene.folder.path())
        .env("AWS_ENDPOINT_URL", scene.server.url())
        .env("AWS_ENDPOINT_URL_IAM", iam.url())
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", scene.folder.path().join("credentials"))
        .args(collect)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((scene.server.asked().len(), iam.asked().len()), (3, 4));
}

#[test]
fn without_the_flag_nothing_is_asked_and_the_flag_is_named() {
    let scene = Scene::new(|_| Reply::Healthy);
    let run = scene.run(&["assess", "-f", "json"]);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    let reason = source(&assessment)["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("not collected") && reason.contains("--live aws"), "{reason}");
    assert!(scene.server.asked().is_empty());
}

#[test]
fn a_snapshot_that_was_cut_or_rearranged_leaves_rights_unknown() {
    let (_, text) = Scene::new(|_| Reply::Healthy).collect(0);
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let items = parsed["items"].clone();
    let rearranged = json!({
        "items": items, "padding": "x".repeat(600), "listed": parsed["listed"],
        "kind": parsed["kind"], "apiVersion": parsed["apiVersion"],
    });
    for edited in [
        text[..text.len() / 2].to_owned(),
        text[..text.len() - 4].to_owned(),
        text.replace("\"items\":1}", "\"items\":3}"),
        rearranged.to_string(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let workspace =
            WORKSPACE.replace("profile: prod, account: \"111122223333\"", "path: it.json");
        fs::write(folder.path().join("gradus.yaml"), workspace).unwrap();
        fs::write(folder.path().join("it.json"), &edited).unwrap();
        let run = run(folder.path(), "http://127.0.0.1:1", &["assess", "-f", "json"]);
        run.ended(0);
        let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_ne!(granted(&assessment), 1, "{edited}");
        assert_ne!(source(&assessment)["status"], "read");
    }
}
