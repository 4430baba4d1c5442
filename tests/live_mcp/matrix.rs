//! What the switches of the catalogue do, by the servers' own lists: for each setting,
//! the tools that gradus says are exposed, without having asked, are those that the
//! server lists.

use std::{collections::BTreeSet, path::Path};

use crate::servers::{Workspace, exposed, installed};

/// The tools that gradus says, and those that the server lists.
fn both(
    installed: &Path,
    package: &str,
    args: &[&str],
    env: &[(&str, &str)],
) -> (BTreeSet<String>, BTreeSet<String>) {
    let workspace = Workspace::new(installed, package, args, env);
    let said = exposed(&workspace.assess());
    let live = workspace.ask();
    let listed = workspace.listed();
    assert_eq!(exposed(&live), listed, "asked: {args:?} {env:?}");
    (said, listed)
}

/// Arguments and variables.
type Setting<'s> = (&'s [&'s str], &'s [(&'s str, &'s str)]);

fn agree(package: &str, settings: &[Setting<'_>]) {
    let Some(installed) = installed() else { return };
    let mut sizes = BTreeSet::new();
    for (args, env) in settings {
        let (said, listed) = both(&installed, package, args, env);
        assert_eq!(said, listed, "{package} {args:?} {env:?}");
        sizes.insert(listed);
    }
    assert!(sizes.len() > 1, "the settings change nothing");
}

const ALL: &str = "core,config,helm,kcp,kiali,kubevirt,netobserv,tekton";

#[test]
fn kubernetes_mcp_server_offers_what_its_flags_leave() {
    agree(
        "kubernetes-mcp-server",
        &[
            (&[], &[]),
            (&["--read-only"], &[]),
            (&["--read-only=true"], &[]),
            (&["--read-only=T"], &[]),
            (&["--read-only=false"], &[]),
            (&["--read-only=0"], &[]),
            // A flag takes no word: this one is on.
            (&["--read-only", "false"], &[]),
            (&["--read-only", "--read-only=false"], &[]),
            (&["--disable-destructive"], &[]),
            (&["--disable-destructive=0"], &[]),
            (&["--disable-destructive", "--read-only"], &[]),
            (&["--disable-multi-cluster"], &[]),
            // Of another server.
            (&[], &[("ALLOW_ONLY_READONLY_TOOLS", "true")]),
        ],
    );
}

#[test]
fn kubernetes_mcp_server_offers_the_toolsets_that_are_named() {
    agree(
        "kubernetes-mcp-server",
        &[
            (&["--toolsets", "core"], &[]),
            (&["--toolsets=core,config"], &[]),
            (&["--toolsets", "helm"], &[]),
            (&["--toolsets", "core", "--toolsets", "helm"], &[]),
            (&["--toolsets", "kcp,netobserv"], &[]),
            (&["--toolsets", ALL], &[]),
            (&["--toolsets", ALL, "--read-only"], &[]),
            (&["--toolsets", ALL, "--disable-destructive"], &[]),
        ],
    );
}

#[test]
fn mcp_server_kubernetes_offers_what_its_variables_leave() {
    const READ: &str = "ALLOW_ONLY_READONLY_TOOLS";
    const MILD: &str = "ALLOW_ONLY_NON_DESTRUCTIVE_TOOLS";
    const ONLY: &str = "ALLOWED_TOOLS";
    agree(
        "mcp-server-kubernetes",
        &[
            (&[], &[]),
            (&[], &[(READ, "true")]),
            (&[], &[(READ, "1")]),
            (&[], &[(READ, "True")]),
            (&[], &[(READ, "TRUE")]),
            (&[], &[(READ, " true")]),
            (&[], &[(READ, "yes")]),
            (&[], &[(READ, "false")]),
            (&[], &[(MILD, "true")]),
            (&[], &[(MILD, "1")]),
            (&[], &[(MILD, "True")]),
            (&[], &[(READ, "true"), (MILD, "true")]),
            (&[], &[(READ, "1"), (MILD, "true")]),
            (&[], &[(ONLY, "kubectl_get,kubectl_logs")]),
            (&[], &[(ONLY, "kubectl_get, kubectl_delete")]),
            (&[], &[(ONLY, "kubectl_delete"), (MILD, "true")]),
            (&[], &[(ONLY, ""), (READ, "true")]),
            // Of another server.
            (&["--read-only"], &[]),
        ],
    );
}

/// The one setting in which its list is shorter than what it runs: the check of a call
/// (`isToolAllowed`) lets pass what ALLOWED_TOOLS names, whatever is listed.
#[test]
fn tools_that_run_without_being_listed_are_exposed() {
    let Some(installed) = installed() else { return };
    let env = [("ALLOWED_TOOLS", "kubectl_delete"), ("ALLOW_ONLY_READONLY_TOOLS", "true")];
    let workspace = Workspace::new(&installed, "mcp-server-kubernetes", &[], &env);
    assert_eq!(exposed(&workspace.assess()), BTreeSet::from(["kubectl_delete".to_owned()]));
    let live = workspace.ask();
    assert_eq!(workspace.listed(), BTreeSet::new());
    assert_eq!(exposed(&live), BTreeSet::from(["kubectl_delete".to_owned()]));
}
