use std::{fs, path::Path};

use super::{SourceKind, Workspace};
use crate::{
    model::{
        coverage::SourceStatus,
        declaration::{EvidenceCheck, GatePolicy, WaiverReason},
        finding::Severity,
        level::Level,
        principal::Principal,
    },
    source::limits::Limits,
};

const HEAD: &str = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: acme}\n";
const BOT: &str = "agents: [{name: bot, environment: prod}]\n";

/// A folder with a workspace file of [`HEAD`] and `rest`, and files beside it.
fn folder(rest: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let head = format!("{HEAD}{rest}");
    for (name, text) in files.iter().copied().chain([("gradus.yaml", head.as_str())]) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load(path: &Path) -> Result<Workspace, String> {
    Workspace::load(path, &Limits::default()).map_err(|error| {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        error.to_string().replace(&format!("{}/", folder.display()), "")
    })
}

fn loaded(rest: &str, files: &[(&str, &str)]) -> Workspace {
    load(folder(rest, files).path()).unwrap()
}

fn refused(rest: &str, files: &[(&str, &str)]) -> String {
    load(folder(rest, files).path()).unwrap_err()
}

fn files(workspace: &Workspace, kind: SourceKind) -> Vec<String> {
    let entries = workspace.sources.iter().filter(|entry| entry.kind == kind);
    entries.flat_map(|entry| entry.files.iter().map(|file| file.display.to_string())).collect()
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workspace").join(name)
}

#[test]
fn a_whole_workspace_is_read() {
    let workspace = load(&fixture("whole")).unwrap();
    assert_eq!(workspace.name, "acme");
    let [bot, tuner] = workspace.agents.as_slice() else { panic!("two agents") };
    assert_eq!((bot.id.as_str(), bot.ceiling), ("sre-bot@prod", Some(Level::L3)));
    assert_eq!(bot.principals.len(), 2);
    assert_eq!(bot.configs, ["agents/sre-bot/", "shared/mcp.json"]);
    assert!(bot.owns_config("agents/sre-bot/.mcp.json") && bot.owns_config("shared/mcp.json"));
    assert!(
        !bot.owns_config("agents/sre-bot2/.mcp.json") && !bot.owns_config("shared/mcp.json.bak")
    );
    assert_eq!(bot.location.to_string(), "gradus.yaml:5:5");
    assert_eq!(tuner.owner, None);
    assert_eq!(files(&workspace, SourceKind::Kubernetes), ["cluster/rbac.yaml"]);
    assert_eq!(files(&workspace, SourceKind::Activity), ["logs/a.log", "logs/b.log"]);
    let agents = ["agents/sre-bot/.mcp.json", "agents/sre-bot2/.mcp.json", "shared/mcp.json"];
    assert_eq!(files(&workspace, SourceKind::Agents), agents);
    assert_eq!(workspace.live.len(), 1);
    assert_eq!(workspace.records.len(), 1);
    assert_eq!(workspace.records[0].status, SourceStatus::Failed);
    assert!(workspace.records[0].reason.as_ref().unwrap().contains("as files"));
    let checks: Vec<_> =
        workspace.attestations.iter().map(|a| a.evidence.as_ref().unwrap().check.clone()).collect();
    assert_eq!(checks[..2], [EvidenceCheck::Matches, EvidenceCheck::Differs]);
    assert!(matches!(checks[2], EvidenceCheck::Unreadable(_)));
    assert_eq!(checks[3..], [EvidenceCheck::NotChecked, EvidenceCheck::NotChecked]);
    assert_eq!(workspace.attestations[0].agent, None);
    assert_eq!(workspace.waivers[0].reason, WaiverReason::RiskAccepted);
    assert_eq!(workspace.gate.fail_on, Some(Severity::High));
    assert_eq!(workspace.gate.max_over_extension, Some(0), "not written, so the default stays");
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let cases = [
        ("agnets: []\n", "gradus.yaml:4:1: unknown key `agnets`; did you mean `agents`?"),
        (
            "agents:\n  - name: bot\n    enviroment: prod\n",
            "gradus.yaml:6:5: unknown key `enviroment`; did you mean `environment`?",
        ),
        ("agents: [{name: bot}]\n", "gradus.yaml:4:10: the key `environment` is missing"),
        ("agents: {name: bot}\n", "gradus.yaml:4:9: expected a list, found a mapping"),
        (
            "agents: [{name: ' ', environment: prod}]\n",
            "gradus.yaml:4:17: expected text, found nothing",
        ),
        (
            "agents: [{name: bot, environment: prod, ceiling: 7}]\n",
            "gradus.yaml:4:50: level 7 is not on the ladder of 1 to 5",
        ),
        (
            "agents: [{name: bot, environment: prod, tier: criticl}]\n",
            "gradus.yaml:4:47: unknown value `criticl`; did you mean `critical`?",
        ),
        (
            "agents: [{name: bot@x, environment: prod}]\n",
            "gradus.yaml:4:17: `bot@x` cannot be part of an agent's id; use letters, digits and `-`; the id is `name@environment`",
        ),
        (
            "agents:\n- {name: bot, environment: prod}\n- {name: bot, environment: prod}\n",
            "gradus.yaml:6:3: the agent `bot@prod` is declared twice, first in line 5; give one of them another name or environment",
        ),
        (
            "agents: [{name: bot, environment: prod, principals: {kubernetes: ['system:serviceaccount:x']}}]\n",
            "gradus.yaml:4:67: `system:serviceaccount:x` names no ServiceAccount; write `system:serviceaccount:NAMESPACE:NAME`",
        ),
        (
            "agents: [{name: bot, environment: prod, principals: {aws: [bot]}}]\n",
            "gradus.yaml:4:60: `bot` is not the ARN of an IAM role or user; write `arn:aws:iam::ACCOUNT:role/NAME`",
        ),
        (
            "gate: {minCoverage: 90}\n",
            "gradus.yaml:4:21: 90 is no share of the evidence; write a number from 0 to 1",
        ),
        (
            "gate: {failOn: worst}\n",
            "gradus.yaml:4:16: unknown value `worst`; known here: `info`, `low`, `medium`, `high`, `critical`",
        ),
        ("gate: {minLevel: 1}\ngate: {}\n", "gradus.yaml:5:1: the key `gate` stands twice"),
        (
            "sources: {kubernetes: [{path: nix/}]}\n",
            "gradus.yaml:4:31: `nix` does not exist; paths are relative to this file; create it or remove the entry",
        ),
        (
            "sources: {activity: [{path: '*.log'}]}\n",
            "gradus.yaml:4:29: `*.log` matches no file; paths are relative to this file; create it or remove the entry",
        ),
        (
            "sources: {agents: [{context: prod}]}\n",
            "gradus.yaml:4:20: not a source of `agents`; give `path`",
        ),
        (
            "sources: {kubernetes: [{path: ., context: prod}]}\n",
            "gradus.yaml:4:24: not a source of `kubernetes`; give one of `path` and `context`; `format` goes with `path`, `eks` with either",
        ),
        (
            "sources: {kubernetes: [{context: prod, region: eu-west-1}]}\n",
            "gradus.yaml:4:24: not a source of `kubernetes`; give one of `path` and `context`; `format` goes with `path`, `eks` with either",
        ),
        (
            "sources: {aws: [{path: ., account: '111122223333'}]}\n",
            "gradus.yaml:4:17: not a source of `aws`; give one of `path` and `profile`; `format` goes with `path`, `account` and `region` with `profile`",
        ),
        (
            "sources: {aws: [{profile: prod, account: '1111-2222'}]}\n",
            "gradus.yaml:4:42: `1111-2222` is no AWS account; an account is twelve digits, in quotes",
        ),
    ];
    for (rest, complaint) in cases {
        assert_eq!(refused(rest, &[]), complaint);
    }
}

#[test]
fn statements_about_nobody_or_of_no_day_are_refused() {
    let attestation = |agent: &str, on: &str, expires: &str| {
        format!(
            "{BOT}attestations:\n- {{criterion: A-1, agent: {agent}, statement: s, by: b, on: {on}, expires: {expires}}}\n"
        )
    };
    let cases = [
        (
            attestation("bto@prod", "2026-01-01", "2026-02-01"),
            "no agent `bto@prod` is declared; did you mean `bot@prod`?",
        ),
        (
            attestation("x", "2026-01-01", "2026-02-01"),
            "no agent `x` is declared; known here: `bot@prod`",
        ),
        (
            attestation("bot@prod", "2026-02-30", "2026-02-01"),
            "`2026-02-30` is not a day of the calendar as YYYY-MM-DD",
        ),
        (
            attestation("bot@prod", "20260201", "2026-02-01"),
            "`20260201` is not a day of the calendar as YYYY-MM-DD",
        ),
        (
            attestation("bot@prod", "2026-03-01", "2026-02-01"),
            "expires before the day it was made `on`; `expires` is the last day on which the statement counts",
        ),
    ];
    for (rest, complaint) in cases {
        let refused = refused(&rest, &[]);
        let (place, said) = refused.split_once(": ").unwrap();
        assert!(place.starts_with("gradus.yaml:6:"), "{refused}");
        assert_eq!(said, complaint);
    }
    let waiver = format!("{BOT}waivers:\n- {{criterion: A-1, agent: bot@prod, reason: because}}\n");
    assert!(refused(&waiver, &[]).contains("unknown value `because`; known here: `risk-accepted`"));
    let digest = format!(
        "{BOT}attestations:\n- {{criterion: A-1, statement: s, by: b, on: 2026-01-01, expires: 2026-01-02, evidence: {{uri: x, sha256: abc}}}}\n"
    );
    assert!(refused(&digest, &[]).contains("not a SHA-256"));
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let rest = "agents:\n- {name: a b, environment: prod, configs: [gone/]}\nsources:\n  aws: [{path: gone.json}]\n";
    let text = refused(rest, &[]);
    let lines: Vec<_> = text.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["gradus.yaml:5:10", "gradus.yaml:5:44", "gradus.yaml:7:16"]);
}

#[test]
fn another_kind_of_file_is_told_what_it_is() {
    let folder = folder(
        "",
        &[
            ("role.yaml", "apiVersion: v1\nkind: Role\nwhat: ever\n"),
            ("empty.yaml", ""),
            ("two.yaml", "a: 1\n---\nb: 2\n"),
            ("broken.yaml", "a: [\n"),
            ("later.yaml", "apiVersion: gradus/v9\nkind: Workspace\nnews: []\n"),
            ("binary.yaml", "\0\u{1}"),
        ],
    );
    let told = |name: &str| load(&folder.path().join(name)).unwrap_err();
    let init = "; samples/gradus.yaml in the repository shows one";
    assert_eq!(
        told("role.yaml"),
        format!("role.yaml:1:13: not a workspace: `apiVersion` is `v1`, not `gradus/v1`{init}")
    );
    assert_eq!(
        told("later.yaml"),
        format!(
            "later.yaml:1:13: not a workspace: `apiVersion` is `gradus/v9`, not `gradus/v1`{init}"
        )
    );
    assert_eq!(told("empty.yaml"), format!("empty.yaml: an empty file, not a workspace{init}"));
    assert_eq!(told("two.yaml"), format!("two.yaml: several documents; a workspace is one{init}"));
    assert!(told("broken.yaml").starts_with("broken.yaml:"));
    assert!(told("binary.yaml").contains("binary, not text"));
    assert!(told("gone.yaml").contains("give a workspace file or a folder"));
}

#[test]
fn a_workspace_may_be_json() {
    let text = r#"{"apiVersion": "gradus/v1", "kind": "Workspace", "metadata": {"name": "j"}, "sources": {}}"#;
    let folder = folder("", &[("w.json", text)]);
    let workspace = load(&folder.path().join("w.json")).unwrap();
    assert_eq!((workspace.name.as_str(), workspace.sources.len()), ("j", 0));
    assert_eq!(workspace.gate, GatePolicy::default());
}

#[test]
fn a_folder_without_a_workspace_file_is_discovered() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.yaml"), "b: 1\n").unwrap();
    fs::write(folder.path().join(".mcp.json"), "{}").unwrap();
    let workspace = load(folder.path()).unwrap();
    assert!(workspace.agents.is_empty() && workspace.file.is_none());
    assert_eq!(files(&workspace, SourceKind::Any), [".mcp.json", "b.yaml"]);
}

#[test]
fn an_empty_folder_holds_no_evidence_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = load(folder.path()).unwrap();
    assert_eq!(files(&workspace, SourceKind::Any), [""; 0]);
    assert_eq!(workspace.records[0].reason.as_deref(), Some("the folder holds no file"));
    assert_eq!(workspace.records[0].status, SourceStatus::Failed);
}

#[test]
fn a_workspace_that_names_no_sources_reads_everything_but_itself() {
    let workspace = loaded(BOT, &[("a.yaml", "a: 1\n")]);
    assert_eq!(files(&workspace, SourceKind::Any), ["a.yaml"]);
}

#[test]
fn a_workspace_file_that_cannot_be_reached_is_no_discovery() {
    let folder = folder("", &[("gradus.yml", HEAD)]);
    assert!(load(folder.path()).unwrap_err().contains("two workspace files"));
    #[cfg(unix)]
    {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("gone", folder.path().join("gradus.yaml")).unwrap();
        assert!(load(folder.path()).unwrap_err().contains("cannot be read"));
    }
}

#[test]
fn a_file_is_read_once_for_each_kind_by_the_entry_that_knows_most() {
    let rest = "sources:\n  activity: [{path: logs/}, {path: logs/b.log, format: cloudtrail}, {path: '**/a.log'}]\n  agents: [{path: logs/a.log}]\n";
    let workspace = loaded(rest, &[("logs/a.log", "a"), ("logs/b.log", "b")]);
    let of: Vec<_> = workspace
        .sources
        .iter()
        .map(|entry| (entry.kind, entry.format.as_deref(), entry.files.len()))
        .collect();
    let expected = [
        (SourceKind::Agents, None, 1),
        (SourceKind::Activity, None, 1),
        (SourceKind::Activity, Some("cloudtrail"), 1),
        (SourceKind::Activity, None, 0),
    ];
    assert_eq!(of, expected);
}

#[test]
fn configs_are_read_although_no_source_names_them() {
    let rest = "agents: [{name: bot, environment: prod, configs: [bot/, x.json]}]\nsources: {agents: [{path: x.json}]}\n";
    let workspace = loaded(rest, &[("bot/.mcp.json", "{}"), ("x.json", "{}")]);
    assert_eq!(files(&workspace, SourceKind::Agents), ["x.json", "bot/.mcp.json"]);
    assert_eq!(workspace.agents[0].configs, ["bot/", "x.json"]);
}

#[test]
fn a_folder_without_files_is_a_source_that_failed() {
    let folder = folder("sources: {kubernetes: [{path: none/}]}\n", &[]);
    fs::create_dir(folder.path().join("none")).unwrap();
    let workspace = load(folder.path()).unwrap();
    assert_eq!(workspace.records[0].path, "none");
    assert_eq!(workspace.records[0].status, SourceStatus::Failed);
}

#[cfg(unix)]
#[test]
fn a_source_may_leave_the_workspace_and_loops_do_no_harm() {
    let folder = folder("", &[("shared/a.yaml", "a: 1\n"), ("w/x", "")]);
    let inner = folder.path().join("w");
    fs::write(
        inner.join("gradus.yaml"),
        format!("{HEAD}sources: {{kubernetes: [{{path: ../shared}}]}}\n"),
    )
    .unwrap();
    std::os::unix::fs::symlink("..", folder.path().join("shared/up")).unwrap();
    let workspace = load(&inner).unwrap();
    assert_eq!(files(&workspace, SourceKind::Kubernetes), ["../shared/a.yaml"]);
    assert_eq!(workspace.records[0].path, "../shared/up");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn a_damaged_workspace_file_is_read_or_refused_at_a_place(
        from in 0_usize..2500,
        length in 0_usize..60,
        instead in "[ -~\\n]{0,8}",
    ) {
        let text = fs::read_to_string(fixture("whole").join("gradus.yaml")).unwrap();
        let from = from.min(text.len());
        let to = (from + length).min(text.len());
        let damaged = format!("{}{instead}{}", &text[..from], &text[to..]);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gradus.yaml"), damaged).unwrap();
        // Its sources are not there, so that nothing can be read without a complaint.
        let error = load(folder.path()).unwrap_err();
        proptest::prop_assert!(error.starts_with("gradus.yaml"), "{}", error);
    }
}

#[test]
fn who_may_approve_and_what_an_agent_is_for_are_declared_beside_it() {
    let rest = "agents:\n  - name: bot\n    environment: prod\n    logNames: [kagent/bot]\n    \
                approvers: [\"*@acme.example\"]\n    boundary: {namespaces: [shop], actions: \
                [\"patch deployments.apps*\"]}\nbreakGlass: {kubernetes: [ana-admin]}\n";
    let workspace = loaded(rest, &[]);
    let [bot] = workspace.agents.as_slice() else { panic!("one agent") };
    assert_eq!(bot.log_names, ["kagent/bot"]);
    assert_eq!(bot.approvers, ["*@acme.example"]);
    let boundary = bot.boundary.as_ref().unwrap();
    assert_eq!((boundary.namespaces.len(), boundary.regions.len()), (1, 0));
    assert_eq!(workspace.break_glass, [Principal::KubernetesUser("ana-admin".to_owned())]);
}

#[test]
fn an_approver_that_is_anyone_and_a_boundary_that_is_none_are_refused() {
    let agent = |key: &str| format!("agents:\n  - name: bot\n    environment: prod\n    {key}\n");
    for (key, problem) in [
        ("approvers: [\"*\"]", "gradus.yaml:7:17: `*` lets anyone approve"),
        ("logNames: [a, a]", "gradus.yaml:7:19: `a` is named twice"),
        ("boundary: {}", "gradus.yaml:7:15: a boundary that says nothing"),
        ("boundary: {namespace: [a]}", "unknown key `namespace`"),
    ] {
        let found = refused(&agent(key), &[]);
        assert!(found.contains(problem), "{key}: {found}");
    }
}

#[test]
fn freezes_of_the_workspace_apply_to_every_agent_beside_its_own() {
    let rest = "agents:\n  - {name: bot, environment: prod, freezes: [{from: 2026-11-26, until: \
                2026-11-30, namespaces: [shop]}]}\n  - {name: other, environment: prod}\n\
                freezes: [{from: \"2026-12-20T18:00:00Z\", until: 2027-01-02}]\n";
    let workspace = loaded(rest, &[]);
    let [bot, other] = workspace.agents.as_slice() else { panic!("two agents") };
    let of = |agent: &super::DeclaredAgent| agent.freezes.clone().unwrap();
    let [all] = of(other).try_into().unwrap();
    assert_eq!(all.from, "2026-12-20T18:00:00Z".parse().unwrap());
    assert_eq!(all.until, "2027-01-02T23:59:59.999999999Z".parse().unwrap());
    assert_eq!(of(bot)[0], all);
    assert_eq!(of(bot)[1].of.namespaces, ["shop"]);
    assert_eq!(of(bot)[1].location.line, Some(5));
}

#[test]
fn that_there_is_no_freeze_is_another_word_than_none() {
    let agent = |more: &str| {
        let rest = format!("agents:\n  - {{name: bot, environment: prod}}\n{more}");
        loaded(&rest, &[]).agents[0].freezes.clone()
    };
    assert_eq!(agent(""), None);
    assert_eq!(agent("freezes: []\n"), Some(Vec::new()));
}

#[test]
fn a_freeze_that_cannot_be_is_refused_with_its_line() {
    for (freeze, problem) in [
        (
            "{from: 2026-12-02, until: 2026-12-01}",
            "gradus.yaml:4:37: the freeze ends before it begins",
        ),
        ("{from: soon, until: 2026-12-01}", "`soon` is neither a day"),
        ("{from: 2026-12-01}", "`until`"),
        ("{from: 2026-12-01, until: 2026-12-02, services: [a]}", "unknown key `services`"),
        ("{from: 2026-12-01, until: 2026-12-02, namespaces: [a, a]}", "`a` is named twice"),
    ] {
        let found = refused(&format!("freezes: [{freeze}]\n"), &[]);
        assert!(found.contains(problem), "{freeze}: {found}");
    }
}
