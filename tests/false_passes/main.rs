//! Evidence that is missing, broken or misleading, one piece at a time, in an
//! estate where the agent would else be within: no such piece may leave a pass.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod dated;
mod mapped;
#[path = "../support/mod.rs"]
mod support;
mod unread;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use support::{copy, run};
use tempfile::TempDir;

/// A copy of the samples that a test may change.
struct Estate(TempDir);

impl Estate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"),
            &folder.path().join("samples"),
        );
        Self(folder)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join("samples").join(file)
    }

    fn add(&self, file: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), text).unwrap();
        self
    }

    #[track_caller]
    fn change(&self, file: &str, from: &str, to: &str) -> &Self {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} does not hold {from}");
        self.add(file, text.replacen(from, to, 1))
    }

    fn agent(&self, id: &str) -> Value {
        let run = run(self.0.path(), &["assess", "samples", "-f", "json"]);
        run.ended(0);
        let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
        let agents = assessment["agents"].as_array().unwrap();
        agents.iter().find(|agent| agent["id"] == id).cloned().unwrap_or(Value::Null)
    }
}

fn status(agent: &Value, criterion: &str) -> String {
    let criteria = agent["criteria"].as_array().unwrap();
    let found = criteria.iter().find(|found| found["id"] == criterion).unwrap();
    found["status"].as_str().unwrap().to_owned()
}

#[track_caller]
fn is_not_within(agent: &Value) {
    assert_ne!(agent["verdict"], "within", "{:#}", agent["headline"]);
    assert!(!agent.is_null(), "the agent is still judged");
}

const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1\n\
                       kind: ClusterRoleBinding\n\
                       metadata: {name: x}\n\
                       roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n\
                       subjects: [{kind: ServiceAccount, name: reader, namespace: agents}]\n";

#[test]
fn the_estate_as_it_is_has_the_reader_and_the_fixer_within() {
    let estate = Estate::new();
    assert_eq!(estate.agent("reader@prod")["verdict"], "within");
    assert_eq!(estate.agent("fixer@prod")["verdict"], "within");
}

#[test]
fn a_cluster_file_that_cannot_be_read_leaves_rights_unknown() {
    let template = BINDING.replace("cluster-admin", "{{ .Values.role }}");
    let broken = format!("foo: [bar\n---\n{BINDING}");
    let deep = "[".repeat(20_000);
    let files: [(&str, &[u8]); 4] = [
        ("cluster/template.yaml", template.as_bytes()),
        ("cluster/broken.yaml", broken.as_bytes()),
        ("cluster/deep.json", deep.as_bytes()),
        ("cluster/binary.yaml", b"\x7fELF\x00\x01\x02\x00"),
    ];
    for (file, bytes) in files {
        let estate = Estate::new();
        let reader = estate.add(file, bytes).agent("reader@prod");
        is_not_within(&reader);
        for criterion in ["LP-01", "LP-02", "LP-03", "LP-04"] {
            assert_ne!(status(&reader, criterion), "pass", "{criterion} with {file}");
        }
    }
}

#[test]
fn a_file_of_the_account_that_cannot_be_read_leaves_rights_unknown_in_both_planes() {
    let utf16: Vec<u8> = "{\"Version\": 1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let refused = "\nAn error occurred (AccessDenied) when calling the \
                   ListPodIdentityAssociations operation: no identity-based policy allows it\n";
    let files: [(&str, &[u8]); 7] = [
        ("aws/page2.json.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01"),
        ("aws/page2.json", b"{\"RoleDetailList\": [{\"RoleName\": \"brackw"),
        ("aws/page2.json", refused.as_bytes()),
        ("aws/eks/pods.txt", refused.as_bytes()),
        ("aws/eks/pods.txt", b"ASSOCIATIONS\tarn:aws:eks:x\ta-1\tprod\tkagent\tfixer\n"),
        ("aws/page2.json", b"\x7fELF\x00\x01\x02\x00"),
        ("aws/eks/pods.json", &utf16),
    ];
    for (file, bytes) in files {
        let estate = Estate::new();
        estate.add(file, bytes);
        for id in ["reader@prod", "fixer@prod"] {
            let agent = estate.agent(id);
            is_not_within(&agent);
            assert_ne!(status(&agent, "LP-01"), "pass", "{id} with {file}");
        }
        let gate = run(estate.0.path(), &["gate", "samples", "-v"]);
        gate.says(&format!("rights of {file} may be unseen"));
    }
}

#[test]
fn an_empty_file_is_what_a_command_leaves_that_was_refused() {
    for file in ["cluster/crb.json", "cluster/crb.yaml", "aws/page2.json"] {
        for bytes in ["", " \n\n", "\u{feff}"] {
            let estate = Estate::new();
            is_not_within(&estate.add(file, bytes).agent("reader@prod"));
            run(estate.0.path(), &["gate", "samples", "-v"]).says("it is empty");
        }
    }
    let estate = Estate::new();
    let empty = [
        ("cluster/notes.yaml", "# nothing here yet\n"),
        ("cluster/end.yaml", "---\n"),
        ("aws/README.md", "What the account is.\n"),
        ("logs/rotated.log", ""),
    ];
    for (file, text) in empty {
        estate.add(file, text);
    }
    assert_eq!(estate.agent("reader@prod")["verdict"], "within");
}

/// [`BINDING`] as JSON, without its kind where `typed` says so.
fn binding_item(typed: bool) -> Value {
    let mut item = serde_json::json!({
        "metadata": {"name": "x"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "agents"}]
    });
    if typed {
        item["apiVersion"] = "rbac.authorization.k8s.io/v1".into();
        item["kind"] = "ClusterRoleBinding".into();
    }
    item
}

#[test]
fn a_list_within_a_list_and_a_kind_in_the_wrong_case_are_not_lost() {
    use serde_json::json;
    let typed = binding_item(true);
    let inner = json!({"apiVersion": "v1", "kind": "List", "items": [typed]});
    let with_metadata = json!({"apiVersion": "v1", "kind": "List",
        "metadata": {"resourceVersion": ""}, "items": [typed]});
    let of_kind = json!({"apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBindingList", "metadata": {}, "items": [binding_item(false)]});
    for inner in [inner, with_metadata, of_kind] {
        let outer = json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": [inner]});
        let outermost = json!({"apiVersion": "v1", "kind": "List", "items": [outer]});
        for nested in [outer, outermost] {
            let estate = Estate::new();
            let reader = estate.add("cluster/extra.json", nested.to_string());
            assert_eq!(reader.agent("reader@prod")["verdict"], "beyond-ladder", "{nested}");
        }
    }
    let lower = BINDING.replace("kind: ClusterRoleBinding", "kind: clusterrolebinding");
    is_not_within(&Estate::new().add("cluster/extra.json", lower).agent("reader@prod"));
}

#[test]
fn objects_in_an_array_or_under_bare_items_are_read() {
    use serde_json::json;
    let item = binding_item(true);
    for text in [json!([item]), json!({"items": [item]}), json!({"items": [[item]]})] {
        let reader = Estate::new().add("cluster/z.json", text.to_string()).agent("reader@prod");
        assert_eq!(reader["verdict"], "beyond-ladder", "{text}");
    }
    let yaml = BINDING.replace('\n', "\n  ").trim_end().to_owned();
    let reader = Estate::new().add("cluster/z.yaml", format!("- {yaml}\n")).agent("reader@prod");
    assert_eq!(reader["verdict"], "beyond-ladder");
}

#[test]
fn what_holds_objects_in_a_way_that_is_not_read_leaves_rights_unknown() {
    use serde_json::json;
    let item = binding_item(true);
    let unread = [
        json!({"manifests": [item]}),
        json!([binding_item(false)]),
        json!({"apiVersion": "template.openshift.io/v1", "kind": "Template",
            "metadata": {"name": "t"}, "objects": [item]}),
        json!({"items": [item], "metadata": {"continue": "more"}}),
    ];
    for text in unread {
        let reader = Estate::new().add("cluster/z.json", text.to_string()).agent("reader@prod");
        assert_ne!(status(&reader, "LP-01"), "pass", "{text}");
        is_not_within(&reader);
    }
}

#[test]
fn files_that_only_look_like_objects_say_nothing_of_rights() {
    use serde_json::json;
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {"object": binding_item(true)}});
    let config = json!({"apiVersion": "v1", "kind": "Config", "users": [{"name": "u", "user":
        {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws"}}}]});
    let schema = json!({"definitions": {"roleRef": {"$ref": "#/x"}, "items": [{"a": 1}]}});
    let estate = Estate::new();
    for (file, text) in [("a", review), ("b", config), ("c", schema), ("d", json!([1, {"a": 2}]))] {
        estate.add(&format!("cluster/{file}.json"), text.to_string());
    }
    assert_eq!(estate.agent("reader@prod")["verdict"], "within");
}

#[cfg(unix)]
#[test]
fn a_link_that_is_not_followed_leaves_rights_unknown() {
    let estate = Estate::new();
    std::os::unix::fs::symlink("/nowhere/at/all.yaml", estate.path("cluster/link.yaml")).unwrap();
    is_not_within(&estate.agent("reader@prod"));
}

#[test]
fn the_service_account_that_an_agent_runs_as_counts_although_it_is_not_declared() {
    let estate = Estate::new();
    let binding =
        BINDING.replace("name: reader, namespace: agents", "name: boss, namespace: kagent");
    estate.add("cluster/boss.yaml", binding);
    let text = fs::read_to_string(estate.path("agents/fixer/agent.yaml")).unwrap();
    let account = "serviceAccountName: fixer";
    assert_eq!(text.matches(account).count(), 2, "the agent and its server name their account");
    let first = text.replacen(account, "serviceAccountName: boss", 1);
    let at = text.rfind(account).unwrap();
    let second = format!("{}serviceAccountName: boss{}", &text[..at], &text[at + account.len()..]);
    for changed in [first, second] {
        let fixer = estate.add("agents/fixer/agent.yaml", changed).agent("fixer@prod");
        is_not_within(&fixer);
        assert_eq!(status(&fixer, "LP-02"), "fail");
    }
}

#[test]
fn a_server_list_that_is_broken_or_gone_is_not_no_servers() {
    for text in [Some("{\"mcpServers\":{\"k\":"), None] {
        let estate = Estate::new();
        match text {
            Some(text) => {
                estate.add("agents/reader/.mcp.json", text);
            }
            None => fs::remove_file(estate.path("agents/reader/.mcp.json")).unwrap(),
        }
        let reader = estate.agent("reader@prod");
        for criterion in ["LP-06", "SUP-01", "SUP-02"] {
            assert_ne!(status(&reader, criterion), "pass", "{criterion} with {text:?}");
        }
        is_not_within(&reader);
    }
}

#[test]
fn an_agent_configuration_in_a_format_that_nobody_reads_is_not_none() {
    let estate = Estate::new();
    estate.add(
        "agents/reader/.codex/config.toml",
        "approval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n",
    );
    let reader = estate.agent("reader@prod");
    assert_ne!(status(&reader, "LP-06"), "pass");
    is_not_within(&reader);
}

#[test]
fn prose_beside_an_agents_configuration_says_nothing_about_it() {
    let estate = Estate::new();
    estate.add("agents/reader/NOTES.md", "Ask ada before you change this.\n");
    assert_eq!(estate.agent("reader@prod")["verdict"], "within");
    let bash = "---\nname: x\ntools: Bash\n---\nDo it.\n";
    estate.add("agents/reader/.claude/agents/x.md", bash);
    assert_eq!(estate.agent("reader@prod")["verdict"], "within", "the session denies Bash");
    let server =
        "---\nname: x\nmcpServers: [{ops: {command: npx, args: [ops-tools]}}]\n---\nDo it.\n";
    estate.add("agents/reader/.claude/agents/x.md", server);
    is_not_within(&estate.agent("reader@prod"));
}

#[test]
fn a_log_that_cannot_be_read_leaves_unknown_what_was_done() {
    let utf16: Vec<u8> =
        "\u{feff}{\"kind\":\"Event\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let calls =
        br#"{"time":"2026-11-20T01:02:03Z","tool":"pods_delete","arguments":{"name":"web"}}"#;
    let trail = br#"{"Records":[{"eventSource":"ec2.amazonaws.com","eventName":"TerminateInstances","userIdentity":{"type":"#;
    for bytes in [utf16.as_slice(), calls.as_slice(), trail.as_slice()] {
        let reader = Estate::new().add("logs/b.log", bytes).agent("reader@prod");
        is_not_within(&reader);
    }
}

#[test]
fn a_program_that_is_only_installed_is_not_pinned() {
    let estate = Estate::new();
    estate.add(
        "agents/reader/.mcp.json",
        r#"{"mcpServers":{"kubernetes":{"command":"/tmp/evil/kubernetes-mcp-server","args":["--read-only"]}}}"#,
    );
    assert_eq!(status(&estate.agent("reader@prod"), "SUP-01"), "fail");
}

#[test]
fn authorization_details_that_are_not_whole_leave_rights_unknown() {
    let file = "aws/authorization-details.json";
    let estate = Estate::new();
    let text = fs::read_to_string(estate.path(file)).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let mut truncated = whole.clone();
    truncated["IsTruncated"] = true.into();
    truncated["Marker"] = "more".into();
    let mut without = whole;
    for role in without["RoleDetailList"].as_array_mut().unwrap() {
        role.as_object_mut().unwrap().remove("AttachedManagedPolicies");
    }
    for dump in [truncated, without] {
        is_not_within(&estate.add(file, dump.to_string()).agent("reader@prod"));
    }
}

#[test]
fn a_role_that_a_service_account_may_act_as_counts_although_it_is_not_declared() {
    let estate = Estate::new();
    estate.change(
        "cluster/rbac.yaml",
        "arn:aws:iam::111122223333:role/brackwater-reader",
        "arn:aws:iam::111122223333:role/nobody-exported-this",
    );
    is_not_within(&estate.agent("reader@prod"));
}

#[test]
fn reading_everything_shows_secrets_whatever_it_is_called() {
    let estate = Estate::new();
    estate.add(
        "cluster/all.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n\
         rules: [{apiGroups: [\"*\"], resources: [\"*\"], verbs: [get, list]}]\n---\n"
            .to_owned()
            + &BINDING.replace("cluster-admin", "all"),
    );
    let reader = estate.agent("reader@prod");
    is_not_within(&reader);
    assert_eq!(status(&reader, "LP-04"), "fail");
}

/// A role of one rule, held by the fixer in its own namespace.
fn fixer_may(group: &str, resource: &str, names: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n\
         metadata: {{name: more, namespace: shop}}\n\
         rules: [{{apiGroups: [{group}], resources: [{resource}], resourceNames: [{names}], verbs: [create, patch]}}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
         metadata: {{name: more, namespace: shop}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: more}}\n\
         subjects: [{{kind: ServiceAccount, name: fixer, namespace: kagent}}]\n"
    )
}

#[test]
fn an_object_that_a_controller_makes_rights_of_raises_the_rights_of_its_writer() {
    for (group, resource, names, wanted) in [
        ("iam.services.k8s.aws", "roles", "", "fail"),
        ("helm.cattle.io", "helmcharts", "", "fail"),
        ("authorization.openshift.io", "rolebindings", "", "fail"),
        ("iam.services.k8s.aws", "roles", "uploads", "pass"),
    ] {
        let estate = Estate::new();
        let fixer = estate.add("cluster/more.yaml", fixer_may(group, resource, names));
        let fixer = fixer.agent("fixer@prod");
        assert_eq!(status(&fixer, "LP-03"), wanted, "{resource}.{group} {names}");
    }
}

/// The reader may read what `rule` says in ops, where a Secret is said to hold the
/// token of `boss`, to whom `boss` gives rights.
fn reader_of_secrets(rule: &str, boss: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: boss, namespace: ops}}\n---\n\
         apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\n\
         metadata: {{name: boss-token, namespace: ops, annotations: {{kubernetes.io/service-account.name: boss}}}}\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n\
         metadata: {{name: boss-token, namespace: ops}}\nrules: [{rule}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
         metadata: {{name: boss-token, namespace: ops}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: boss-token}}\n\
         subjects: [{{kind: ServiceAccount, name: reader, namespace: agents}}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: boss}}\n\
         rules: [{boss}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: boss}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: boss}}\n\
         subjects: [{{kind: ServiceAccount, name: boss, namespace: ops}}]\n"
    )
}

#[test]
fn who_may_read_the_token_of_somebody_with_more_rights_is_above_whatever_it_has_earned() {
    let own =
        r#"{verbs: [get], apiGroups: [""], resources: [secrets], resourceNames: [boss-token]}"#;
    let all = r#"{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}"#;
    let pods = r#"{verbs: [create], apiGroups: [""], resources: [pods]}"#;
    let looks = r#"{verbs: [get, list], apiGroups: [""], resources: [pods]}"#;
    let granted = |boss: &str| {
        let estate = Estate::new();
        let reader =
            estate.add("cluster/boss.yaml", reader_of_secrets(own, boss)).agent("reader@prod");
        is_not_within(&reader);
        reader["granted"].clone()
    };
    assert_eq!(granted(all)["beyondLadder"], true);
    assert_ne!(granted(pods)["level"], 1, "no criterion is asked");
    // Near miss: who looks by another's token still looks.
    assert_eq!(granted(looks)["level"], 1);
}

#[test]
fn a_reader_that_stops_reading_does_not_turn_a_failed_gate_into_a_pass() {
    use std::process::Stdio;
    let root = env!("CARGO_MANIFEST_DIR");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gradus"))
        .args(["gate", "samples", "-f", "html"])
        .current_dir(root)
        .env("SOURCE_DATE_EPOCH", support::DAY)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_name_that_a_shell_would_run_is_in_no_command_to_paste() {
    let estate = Estate::new();
    estate.add("cluster/x.yaml", BINDING.replace("{name: x}", "{name: \"x; touch /tmp/owned\"}"));
    let reader = estate.agent("reader@prod");
    assert_eq!(reader["verdict"], "beyond-ladder");
    for step in reader["next"]["contain"].as_array().unwrap() {
        let change = step["change"].as_str().unwrap_or_default();
        // Within single quotes a shell runs nothing.
        let bare: String = change.split('\'').step_by(2).collect();
        assert!(!change.starts_with("kubectl") || !bare.contains(';'), "{change}");
    }
}

/// The estate with this beside the containers of the reader's pod, and this in
/// its container.
fn reader_with(beside: &str, inside: &str) -> Estate {
    let estate = Estate::new();
    let old = "      containers:\n        - name: agent\n          image: registry.brackwater.example/agents/reader:1.9.0\n          securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true}\n";
    let container = old.replace(", runAsNonRoot: true}", &format!("{inside}}}"));
    estate.change("cluster/workloads.yaml", old, &format!("{beside}{container}"));
    estate
}

const BOSS: &str = "apiVersion: rbac.authorization.k8s.io/v1\n\
                    kind: ClusterRoleBinding\n\
                    metadata: {name: boss}\n\
                    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n\
                    subjects: [{kind: ServiceAccount, name: boss, namespace: agents}]\n\
                    ---\n\
                    apiVersion: v1\n\
                    kind: Secret\n\
                    type: kubernetes.io/service-account-token\n\
                    metadata: {name: boss-token, namespace: agents, annotations: {kubernetes.io/service-account.name: boss}}\n";

#[test]
fn an_agent_is_the_account_whose_token_its_pod_is_given() {
    let volume = "      volumes: [{name: t, secret: {secretName: boss-token}}]\n";
    let projected =
        "      volumes: [{name: t, projected: {sources: [{secret: {name: boss-token}}]}}]\n";
    let environment = "}\n          envFrom: [{secretRef: {name: boss-token}}]\n          x: {";
    let variable = "}\n          env: [{name: T, valueFrom: {secretKeyRef: {name: boss-token, key: token}}}]\n          x: {";
    for (beside, inside) in [(volume, ""), (projected, ""), ("", environment), ("", variable)] {
        let estate = reader_with(beside, inside);
        let reader = estate.add("cluster/x.yaml", BOSS).agent("reader@prod");
        assert_eq!(reader["verdict"], "beyond-ladder", "{beside}{inside}");
    }
    // A Secret of that name elsewhere is another one.
    let elsewhere = BOSS.replace("boss-token, namespace: agents", "boss-token, namespace: ops");
    let reader = reader_with(volume, "").add("cluster/x.yaml", elsewhere).agent("reader@prod");
    assert_ne!(reader["verdict"], "beyond-ladder");
}

#[test]
fn a_token_that_the_agents_pod_is_not_given_is_not_its_own() {
    let estate = reader_with("      imagePullSecrets: [{name: boss-token}]\n", "");
    assert_eq!(estate.add("cluster/x.yaml", BOSS).agent("reader@prod")["verdict"], "within");
}

const HOST_VOLUME: &str = "apiVersion: v1\n\
                           kind: PersistentVolume\n\
                           metadata: {name: pv}\n\
                           spec: {hostPath: {path: /}, claimRef: {namespace: agents, name: c}}\n";

#[test]
fn an_agent_whose_pod_leads_to_its_node_is_not_within() {
    let claim = "      volumes: [{name: t, persistentVolumeClaim: {claimName: c}}]\n";
    let windows = "      securityContext: {windowsOptions: {hostProcess: true}}\n";
    let by_name = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: pv}\n\
                   spec: {local: {path: /}}\n---\napiVersion: v1\nkind: PersistentVolumeClaim\n\
                   metadata: {name: c, namespace: agents}\nspec: {volumeName: pv}\n";
    let cases = [
        ("", ", capabilities: {add: [SYS_ADMIN]}", ""),
        ("", ", capabilities: {add: [NET_ADMIN, cap_all]}", ""),
        ("", ", windowsOptions: {hostProcess: true}", ""),
        (windows, "", ""),
        (claim, "", HOST_VOLUME),
        (claim, "", by_name),
    ];
    for (beside, inside, more) in cases {
        let estate = reader_with(beside, inside);
        let reader = estate.add("cluster/x.yaml", format!("---\n{more}")).agent("reader@prod");
        assert_eq!(reader["granted"]["level"], 5, "{beside}{inside}{more}");
        is_not_within(&reader);
    }
}

#[test]
fn an_agent_whose_pod_is_given_what_leads_nowhere_stays_within() {
    let claim = "      volumes: [{name: t, persistentVolumeClaim: {claimName: c}}]\n";
    let disk = HOST_VOLUME.replace("hostPath: {path: /}", "csi: {driver: ebs.csi.aws.com}");
    let other = HOST_VOLUME.replace("namespace: agents", "namespace: shop");
    let cases = [
        ("", ", capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}", ""),
        ("", ", windowsOptions: {hostProcess: false}", ""),
        (claim, "", disk.as_str()),
        (claim, "", other.as_str()),
    ];
    for (beside, inside, more) in cases {
        let estate = reader_with(beside, inside);
        let reader = estate.add("cluster/x.yaml", format!("---\n{more}")).agent("reader@prod");
        assert_eq!(reader["verdict"], "within", "{beside}{inside}{more}");
    }
}

#[test]
fn a_pod_template_of_any_resource_is_a_workload_of_its_account() {
    let template = |version: &str, kind: &str, key: &str, privileged: bool| {
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: r, namespace: agents}}\n\
             spec: {{{key}: {{spec: {{serviceAccountName: reader, containers: [{{name: c, \
             image: x, securityContext: {{privileged: {privileged}}}}}]}}}}}}\n"
        )
    };
    for (version, kind, key) in [
        ("argoproj.io/v1alpha1", "Rollout", "template"),
        ("agents.x-k8s.io/v1alpha1", "Sandbox", "podTemplate"),
        ("serving.knative.dev/v1", "Service", "template"),
        ("apps.openshift.io/v1", "DeploymentConfig", "template"),
    ] {
        let estate = Estate::new();
        let reader = estate.add("cluster/x.yaml", template(version, kind, key, true));
        let reader = reader.agent("reader@prod");
        assert_eq!(reader["granted"]["level"], 5, "{kind}");
        is_not_within(&reader);
        let plain = Estate::new();
        let plain = plain.add("cluster/x.yaml", template(version, kind, key, false));
        assert_eq!(plain.agent("reader@prod")["granted"]["level"], 1, "{kind}");
    }
}

/// The fixer may run commands in the pods of a namespace, of which this is one.
fn exec_into(pod: &str, more: &str) -> Value {
    let boss = BOSS.replace("namespace: agents", "namespace: ops2");
    let text = format!(
        "apiVersion: v1\nkind: Namespace\n\
         metadata: {{name: ops2, labels: {{pod-security.kubernetes.io/enforce: restricted}}}}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: ops2}}\nspec:\n{pod}---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n\
         metadata: {{name: x-test, namespace: ops2}}\n\
         rules: [{{apiGroups: [\"\"], resources: [pods/exec], verbs: [create]}}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
         metadata: {{name: x-test, namespace: ops2}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: x-test}}\n\
         subjects: [{{kind: ServiceAccount, name: fixer, namespace: kagent}}]\n---\n{boss}---\n{more}"
    );
    let estate = Estate::new();
    estate.add("cluster/x.yaml", text);
    estate.agent("fixer@prod")
}

/// Whether a path of it starts at the pod `p`.
fn leads_on(agent: &Value) -> bool {
    agent["paths"].to_string().contains("Pod/ops2/p")
}

#[test]
fn a_command_in_a_pod_is_whatever_the_pod_holds() {
    let plain = "  automountServiceAccountToken: false\n  containers: [{name: c, image: x}]\n";
    let projected = |audience: &str| {
        format!(
            "{plain}  serviceAccountName: boss\n  volumes: [{{name: t, projected: {{sources: \
             [{{serviceAccountToken: {{path: token{audience}}}}}]}}}}]\n"
        )
    };
    let mounted = format!("{plain}  volumes: [{{name: t, secret: {{secretName: boss-token}}}}]\n");
    let claimed =
        format!("{plain}  volumes: [{{name: t, persistentVolumeClaim: {{claimName: c}}}}]\n");
    let windows = format!("{plain}  securityContext: {{windowsOptions: {{hostProcess: true}}}}\n");
    let able = "  automountServiceAccountToken: false\n  containers: [{name: c, image: x, \
                securityContext: {capabilities: {add: [SYS_MODULE]}}}]\n";
    let volume = HOST_VOLUME.replace("namespace: agents", "namespace: ops2");
    for (pod, more) in [
        (projected("").as_str(), ""),
        (mounted.as_str(), ""),
        (claimed.as_str(), volume.as_str()),
        (windows.as_str(), ""),
        (able, ""),
    ] {
        let fixer = exec_into(pod, more);
        is_not_within(&fixer);
        assert!(leads_on(&fixer), "{pod}");
    }
    let elsewhere = projected(", audience: sts.amazonaws.com");
    // Other pods may be there, which no list shows; this one leads nowhere.
    for pod in [plain, &elsewhere, &claimed] {
        assert!(!leads_on(&exec_into(pod, "")), "{pod}");
    }
}
