//! From within a pod: no kubeconfig, but the token and the certificate that are
//! mounted there. The mount is played in a mount namespace of its own.

use std::{fs, path::Path, process::Command, time::Duration};

use serde_json::{Value, json};

use crate::api_server::{ApiServer, say};

/// Plays the pod: `/var/run` is empty but for what the kubelet would mount.
const POD: &str = r#"
set -e
mount -t tmpfs tmpfs /var/run
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
cp "$1"/ca.crt "$1"/token "$1"/namespace /var/run/secrets/kubernetes.io/serviceaccount/
shift
exec "$@"
"#;

/// How mounts of one's own are had here: as root, or as root of a user namespace.
fn namespaces() -> Option<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    WAYS.into_iter().find(|way| {
        let mount = ["sh", "-c", "mount -t tmpfs tmpfs /var/run"];
        Command::new("unshare")
            .args(*way)
            .args(mount)
            .output()
            .is_ok_and(|output| output.status.success())
    })
}

#[test]
fn a_pod_logs_in_by_what_is_mounted_into_it() {
    let Some(server) = ApiServer::start() else { return };
    let Some(way) = namespaces() else {
        say("\n!! NOT RUN: no mount namespace can be had here (`unshare --mount`)\n");
        return;
    };
    server.namespace("ops");
    server
        .create("/api/v1/namespaces/ops/serviceaccounts", json!({"metadata": {"name": "gradus"}}));
    server.create(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        json!({
            "metadata": {"name": "gradus"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "namespace": "ops", "name": "gradus"}],
        }),
    );
    server.settle();
    let answer = server.create(
        "/api/v1/namespaces/ops/serviceaccounts/gradus/token",
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}),
    );
    let token = answer["status"]["token"].as_str().unwrap();
    let kubeconfig: Value =
        serde_json::from_slice(&fs::read(server.kubeconfig()).unwrap()).unwrap();
    let cluster = &kubeconfig["clusters"][0]["cluster"];
    let (host, port) = cluster["server"]
        .as_str()
        .and_then(|url| url.strip_prefix("https://"))
        .and_then(|place| place.split_once(':'))
        .unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mounted = folder.path().join("mounted");
    fs::create_dir(&mounted).unwrap();
    fs::copy(cluster["certificate-authority"].as_str().unwrap(), mounted.join("ca.crt")).unwrap();
    fs::write(mounted.join("token"), token).unwrap();
    fs::write(mounted.join("namespace"), "ops").unwrap();
    let collect = |mounted: &Path| {
        let mut command = Command::new("timeout");
        command
            .arg(Duration::from_secs(120).as_secs().to_string())
            .arg("unshare")
            .args(way)
            .args(["sh", "-c", POD, "pod"])
            .arg(mounted)
            .arg(assert_cmd::cargo::cargo_bin("gradus"))
            .args(["collect", "kubernetes", "--force", "-o", "dump.json"])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", port);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = collect(&mounted);
    assert_eq!(code, Some(0), "{told}");
    let dump: Value =
        serde_json::from_slice(&fs::read(folder.path().join("dump.json")).unwrap()).unwrap();
    assert_eq!(dump["metadata"]["name"], "in-cluster");
    assert!(dump["listed"].as_array().unwrap().len() > 20);

    fs::write(mounted.join("token"), "of-somebody-else").unwrap();
    let (code, told) = collect(&mounted);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("401"), "{told}");
}
