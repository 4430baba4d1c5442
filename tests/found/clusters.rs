//! Who is entered, under which name, and once.

use super::{Cluster, texts};

const SERVERS: &str = "found/servers.yaml";
const MCP: &str = "system:serviceaccount:tools:mcp";

/// A pod of an agent, on top of whatever else it is given.
fn pod(name: &str, account: &str, image: &str, rest: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: tools}}\nspec:\n  \
         serviceAccountName: {account}\n{rest}  containers: [{{name: c, image: \"{image}\"}}]\n"
    )
}

#[test]
fn a_workload_with_its_replica_sets_and_pods_is_one_agent() {
    let assessment = Cluster::of(&[SERVERS]).assess();
    assert_eq!(assessment.ids(), ["tools/mcp"]);
    let message = assessment.finding("tools/mcp", "AGENT-FOUND");
    assert!(message.contains("image containers/kubernetes_mcp_server"), "{message}");
    assert!(message.contains(MCP), "{message}");
}

#[test]
fn a_pod_whose_controller_is_not_in_the_evidence_is_an_agent_all_the_same() {
    let cluster = Cluster::of(&[]);
    cluster.add(
        "pods.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: holmes-7f9-abc\n  namespace: tools\n  \
         ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: x, uid: \"1\", controller: true}]\n\
         spec: {serviceAccountName: holmes, containers: [{name: c, image: \"robustadev/holmes:1\"}]}\n",
    );
    assert_eq!(cluster.assess().ids(), ["tools/holmes-7f9-abc"]);
}

#[test]
fn an_agent_that_is_declared_by_its_account_is_not_entered_twice() {
    let cluster = Cluster::of(&[SERVERS]);
    let assessment = cluster.declare(&[("helper", MCP)]).assess();
    assert_eq!(assessment.ids(), ["helper@prod"]);
    assert!(!assessment.rules("helper@prod").iter().any(|rule| rule == "AGENT-FOUND"));
}

#[test]
fn a_declared_role_brings_the_account_that_may_act_as_it() {
    let cluster = Cluster::of(&[SERVERS]);
    let role = "arn:aws:iam::111122223333:role/mcp";
    let assessment = cluster.declare(&[("helper", role)]).assess();
    assert_eq!(assessment.ids(), ["helper@prod"]);
    assert_eq!(texts(&assessment.agent("helper@prod")["principals"]), [role, MCP]);
}

#[test]
fn an_account_that_another_agent_declares_hides_nobody_elses() {
    let cluster = Cluster::of(&[SERVERS]);
    cluster.declare(&[("helper", "system:serviceaccount:other:mcp")]);
    assert_eq!(cluster.assess().ids(), ["helper@prod", "tools/mcp"]);
}

#[test]
fn two_agents_of_one_account_are_two_and_share_it() {
    let cluster = Cluster::of(&[SERVERS]);
    cluster.add("more.yaml", &pod("second", "mcp", "flux159/mcp-server-kubernetes:3", ""));
    let assessment = cluster.assess();
    assert_eq!(assessment.ids(), ["tools/mcp", "tools/second"]);
    for agent in assessment.ids() {
        let message = assessment.finding(&agent, "AGENT-ACCOUNT");
        assert!(message.contains("mcp"), "{message}");
    }
}

#[test]
fn a_resource_and_the_servers_it_names_are_the_agents_whose_configuration_they_are() {
    let cluster = Cluster::of(&[]);
    cluster.add(
        "bot.yaml",
        "apiVersion: kagent.dev/v1alpha2\nkind: Agent\nmetadata: {name: bot}\n\
         spec: {declarative: {tools: [{type: McpServer, mcpServer: {kind: MCPServer, name: own}}]}}\n\
         ---\napiVersion: kagent.dev/v1alpha1\nkind: MCPServer\nmetadata: {name: own}\n\
         spec: {deployment: {cmd: npx, args: [x]}}\n",
    );
    assert_eq!(cluster.assess().ids(), ["?/bot"]);
    std::fs::write(
        cluster.folder.path().join("gradus.yaml"),
        "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: test}\n\
         sources: {kubernetes: [{path: cluster/}]}\n\
         agents: [{name: bot, environment: prod, tier: standard, owner: o, purpose: p, \
         principals: {kubernetes: [\"system:serviceaccount:a:b\"]}, configs: [cluster/bot.yaml]}]\n",
    )
    .unwrap();
    assert_eq!(cluster.assess().ids(), ["bot@prod"]);
}

/// What only the second cluster has.
const OWN_NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: own}\n";

#[test]
fn two_clusters_may_each_have_one_of_the_same_name() {
    let cluster = Cluster::of(&[SERVERS]);
    let folder = cluster.folder.path();
    super::support::copy(&folder.join("cluster"), &folder.join("other"));
    // One of its own, or it would be the same cluster given twice.
    std::fs::write(folder.join("other/own.yaml"), OWN_NAMESPACE).unwrap();
    std::fs::write(
        folder.join("gradus.yaml"),
        "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: test}\n\
         sources: {kubernetes: [{path: cluster/}, {path: other/}]}\n",
    )
    .unwrap();
    let ids = cluster.assess().ids();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(ids[0], "tools/mcp");
    assert!(ids[1].starts_with("tools/mcp (Deployment in "), "{ids:?}");
}

/// What a cluster gives to everybody who logs in.
const OPEN: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n\
    metadata: {name: look}\nrules: [{apiGroups: [\"\"], resources: [secrets], verbs: [list]}]\n---\n\
    apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: look}\n\
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: look}\n\
    subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: \"system:authenticated\"}]\n";

#[test]
fn a_finding_about_a_whole_cluster_names_it_where_there_are_several() {
    let cluster = Cluster::of(&[SERVERS]);
    cluster.add("open.yaml", OPEN);
    let told = || cluster.assess().messages("K8S-AUTHENTICATED-WIDE");
    let alone = told();
    assert_eq!(alone.len(), 1);
    assert!(alone[0].starts_with("every identity that logs in may: "), "{alone:?}");
    let folder = cluster.folder.path();
    super::support::copy(&folder.join("cluster"), &folder.join("other"));
    // One of its own, or it would be the same cluster given twice.
    std::fs::write(folder.join("other/own.yaml"), OWN_NAMESPACE).unwrap();
    std::fs::write(
        folder.join("gradus.yaml"),
        "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: test}\n\
         sources: {kubernetes: [{path: cluster/}, {path: other/}]}\n",
    )
    .unwrap();
    let both = told();
    assert_eq!(both.len(), 2, "{both:?}");
    assert_ne!(both[0], both[1]);
    for message in &both {
        // As the workspace declares it.
        assert!(message.starts_with("in the cluster of gradus.yaml:4:"), "{message}");
        assert!(message.contains(", every identity that logs in may: "), "{message}");
    }
}

#[test]
fn an_account_of_another_cluster_is_another_unless_the_same_runs_as_it() {
    let cluster = Cluster::of(&[SERVERS]);
    let folder = cluster.folder.path();
    cluster.declare(&[("helper", MCP)]);
    let text = std::fs::read_to_string(folder.join("gradus.yaml")).unwrap();
    let text = text.replace("[{path: cluster/}]", "[{path: cluster/}, {path: other/}]");
    std::fs::write(folder.join("gradus.yaml"), text).unwrap();
    super::support::copy(&folder.join("cluster"), &folder.join("other"));
    // One of its own, or it would be the same cluster given twice.
    std::fs::write(folder.join("other/own.yaml"), OWN_NAMESPACE).unwrap();
    assert_eq!(cluster.assess().ids(), ["helper@prod"], "the same in two clusters is one");
    let holmes = pod("holmes", "mcp", "robustadev/holmes:1", "");
    std::fs::write(folder.join("other/holmes.yaml"), holmes).unwrap();
    assert_eq!(cluster.assess().ids(), ["helper@prod", "tools/holmes"]);
}

#[test]
fn a_workload_of_another_kind_is_told_by_the_image_of_its_pods() {
    let cluster = Cluster::of(&[]);
    cluster.add(
        "rollout.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n\
         metadata: {name: holmes, namespace: tools}\n\
         spec: {template: {spec: {containers: [{name: c, image: \"robustadev/holmes:1\"}]}}}\n",
    );
    let assessment = cluster.assess();
    assert_eq!(
        texts(&assessment.agent("tools/holmes")["principals"]),
        ["system:serviceaccount:tools:default"]
    );
}

#[test]
fn an_image_that_only_sounds_like_one_is_no_agent() {
    let cluster = Cluster::of(&[SERVERS]);
    cluster
        .add("a.yaml", &pod("a", "a", "evil/kagent-dev-x:1", ""))
        .add("b.yaml", &pod("b", "b", "example.com/notrobustadev/holmes:1", ""))
        .add("c.yaml", &pod("c", "c", "holmes", ""));
    assert_eq!(cluster.assess().ids(), ["tools/mcp"]);
}

#[test]
fn a_pod_that_touches_its_node_puts_its_agent_at_the_top() {
    let cluster = Cluster::of(&[]);
    let host = "  hostPID: true\n  volumes: [{name: root, hostPath: {path: /}}]\n";
    cluster.add("a.yaml", &pod("node", "node", "robustadev/holmes:1", host)).add(
        "rbac.yaml",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: node, namespace: tools}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n\
             metadata: {name: node-view}\n\
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n\
             subjects: [{kind: ServiceAccount, name: node, namespace: tools}]\n",
    );
    let assessment = cluster.assess();
    let agent = assessment.agent("tools/node");
    assert_eq!(agent["granted"]["level"], 5, "{}", agent["granted"]);
    let message = assessment.finding("tools/node", "AGENT-NODE");
    assert!(message.contains("a path of the node"), "{message}");
    // The same of an agent that somebody declared.
    let declared = cluster.declare(&[("holmes", "system:serviceaccount:tools:node")]).assess();
    assert_eq!(declared.agent("holmes@prod")["granted"]["level"], 5);
}

#[test]
fn one_without_a_namespace_is_an_agent_of_unknown_identity() {
    let cluster = Cluster::of(&[]);
    cluster.add(
        "a.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: holmes}\n\
         spec: {containers: [{name: c, image: \"robustadev/holmes:1\"}]}\n",
    );
    let assessment = cluster.assess();
    assert_eq!(assessment.ids(), ["?/holmes"]);
    assert!(assessment.agent("?/holmes")["granted"]["level"].is_null());
    let message = assessment.finding("?/holmes", "AGENT-FOUND");
    assert!(message.contains("as whom is not in the evidence"), "{message}");
}

#[test]
fn a_sandbox_runs_as_its_namespaces_default_account_unless_it_names_one() {
    let cluster = Cluster::of(&[]);
    let sandbox = |name: &str, spec: &str| {
        format!(
            "apiVersion: agents.x-k8s.io/v1alpha1\nkind: Sandbox\n\
             metadata: {{name: {name}, namespace: tools}}\nspec: {{podTemplate: {{spec: {spec}}}}}\n"
        )
    };
    cluster
        .add("a.yaml", &sandbox("plain", "{containers: []}"))
        .add("b.yaml", &sandbox("named", "{serviceAccountName: coder}"));
    let assessment = cluster.assess();
    let principals = |id: &str| texts(&assessment.agent(id)["principals"]).join(" ");
    assert_eq!(principals("tools/plain"), "system:serviceaccount:tools:default");
    assert_eq!(principals("tools/named"), "system:serviceaccount:tools:coder");
    let message = assessment.finding("tools/plain", "AGENT-ACCOUNT");
    assert!(message.contains("every pod without a ServiceAccount"), "{message}");
}
