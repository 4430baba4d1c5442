//! The server that everything here rests on does what the tests assume of it.

use serde_json::json;

use crate::api_server::{ApiServer, Call};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

#[test]
fn whoever_is_acted_for_is_judged_by_rbac() {
    let Some(server) = ApiServer::builder().audit_log(true).user("bo", &["readers"]).start() else {
        return;
    };
    let pods = "/api/v1/namespaces/default/pods";
    assert_eq!(server.send(Call::get(pods)).0, 200, "the administrator reads");
    assert_eq!(server.request("GET", pods, None, Some("ann"), &["readers"]).0, 403);
    server.create(
        &format!("{RBAC}/clusterroles"),
        json!({"metadata": {"name": "pods"}, "rules": [
            {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]},
        ]}),
    );
    server.create(
        &format!("{RBAC}/clusterrolebindings"),
        json!({
            "metadata": {"name": "pods"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "pods"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "readers"}],
        }),
    );
    server.settle();
    assert_eq!(server.request("GET", pods, None, Some("ann"), &["readers"]).0, 200);
    assert_eq!(server.request("GET", pods, None, Some("ann"), &["writers"]).0, 403);
    let answers = server.send_all(vec![Call::get(pods).act_as("ann", ["readers"]); 50]);
    assert!(answers.iter().all(|(status, _)| *status == 200));
    for kubeconfig in [server.kubeconfig_of("bo"), server.kubeconfig_of_account("shop", "bot")] {
        assert!(std::fs::read_to_string(kubeconfig).unwrap().contains("token"));
    }
    let log = std::fs::read_to_string(server.audit_log()).unwrap();
    assert!(log.contains("\"impersonatedUser\":{\"username\":\"ann\""));
}
