//! Command lines: what runs in the end, and in which version.

use gradus::model::{
    agent_config::{Pin, Program, Transport},
    gate::GateKind,
};

use crate::support::{capability, catalogue, config_of, layer_of, mcp, server_of};

fn launch(line: &str) -> (Program, Pin) {
    match server_of(line).transport {
        Transport::Stdio(launch) => (launch.program, launch.pin),
        other => panic!("{line} is {other:?}"),
    }
}

fn npm(name: &str) -> Program {
    Program::Npm(name.to_owned())
}

fn pypi(name: &str) -> Program {
    Program::PyPi(name.to_owned())
}

fn image(name: &str) -> Program {
    Program::Image(name.to_owned())
}

fn exact(version: &str) -> Pin {
    Pin::Exact(version.to_owned())
}

fn floating(version: &str) -> Pin {
    Pin::Floating(version.to_owned())
}

#[test]
fn npm_launchers_run_the_first_word_that_is_no_option() {
    assert_eq!(launch("npx -y a-server@1.2.3"), (npm("a-server"), exact("1.2.3")));
    assert_eq!(launch("npx --yes @acme/a@latest"), (npm("@acme/a"), floating("latest")));
    assert_eq!(launch("bunx a-server"), (npm("a-server"), Pin::Absent));
    assert_eq!(launch("pnpm dlx a-server@^1.2.3").1, Pin::Floating("a version that moves".into()));
    assert_eq!(launch("npm exec -- a-server@1"), (npm("a-server"), floating("1")));
    assert_eq!(launch("npx -p @acme/a@2.0.0 a-cli"), (npm("@acme/a"), exact("2.0.0")));
    assert_eq!(launch("cmd /c npx -y a-server@1.2.3").0, npm("a-server"));
    assert_eq!(launch("C:\\node\\npx.cmd a-server").0, npm("a-server"));
}

#[test]
fn python_launchers_know_from_and_spec() {
    assert_eq!(launch("uvx a-server"), (pypi("a-server"), Pin::Absent));
    assert_eq!(launch("uvx a.server@1.2.3"), (pypi("a-server"), exact("1.2.3")));
    assert_eq!(launch("uvx a-server==1.2.*").1, Pin::Floating("1.2.*".into()));
    assert_eq!(
        launch("uvx --from A_Server[x]==1.2.3 tool.exe"),
        (pypi("a-server"), exact("1.2.3"))
    );
    assert_eq!(launch("uvx a-server>=1").1, floating("a range"));
    assert_eq!(launch("uv tool run --python 3.12 a-server"), (pypi("a-server"), Pin::Absent));
    assert_eq!(launch("pipx run --spec a-server==1.2.3 tool"), (pypi("a-server"), exact("1.2.3")));
}

#[test]
fn a_url_as_package_is_nothing_that_a_catalogue_could_know() {
    for line in [
        "npx -y https://example.com/kubernetes-mcp-server.tgz",
        "npx -y github:acme/kubernetes-mcp-server",
        "uvx --from git+https://example.com/kubernetes-mcp-server kubernetes-mcp-server",
        "npx -y ./kubernetes-mcp-server",
    ] {
        let (program, pin) = launch(line);
        assert!(matches!(program, Program::Opaque(_)), "{line}: {program:?}");
        assert_eq!(pin, Pin::Absent, "{line}");
    }
}

/// Whether the catalogue knows the server that a line starts, and how many settings of it
/// decide what code is loaded.
fn known(line: &str) -> (bool, usize) {
    let catalogue = catalogue();
    let server = server_of(line);
    let loads = server.env.iter().filter(|own| catalogue.loader(&own.name).is_some());
    (catalogue.recognise(&server).is_some(), loads.count())
}

#[test]
fn a_known_name_from_another_registry_is_not_the_known_package() {
    for line in [
        "npx -y --registry https://npm.example.com kubernetes-mcp-server@0.0.67",
        "npx --registry=https://registry.npmjs.org.example.com kubernetes-mcp-server@0.0.67",
        "npx --registry http://registry.npmjs.org kubernetes-mcp-server@0.0.67",
        "npx --registry ${REGISTRY} kubernetes-mcp-server@0.0.67",
        "npx --userconfig ./npmrc kubernetes-mcp-server@0.0.67",
        "npx --@acme:registry=https://npm.example.com kubernetes-mcp-server@0.0.67",
        "npm exec --registry https://npm.example.com kubernetes-mcp-server@0.0.67",
        "NPM_CONFIG_REGISTRY=https://npm.example.com npx kubernetes-mcp-server@0.0.67",
        "uvx --index-url https://pypi.example.com/simple awslabs.eks-mcp-server==0.2.1",
        "uvx --extra-index-url https://pypi.example.com/simple awslabs.eks-mcp-server==0.2.1",
        "uvx --index own=https://pypi.example.com awslabs.eks-mcp-server==0.2.1",
        "uv tool run --default-index https://pypi.example.com awslabs.eks-mcp-server==0.2.1",
        "uvx --find-links ./wheels awslabs.eks-mcp-server==0.2.1",
        "pipx run --index-url https://pypi.example.com --spec awslabs.eks-mcp-server==0.2.1 eks",
        "UV_INDEX_URL=https://pypi.example.com uvx awslabs.eks-mcp-server==0.2.1",
        "UV_EXTRA_INDEX_URL=https://pypi.org,https://a.example.com uvx awslabs.eks-mcp-server==0.2.1",
    ] {
        assert_eq!(known(line), (false, 1), "{line}");
    }
    for (line, loads) in [
        ("npx -y --registry https://registry.npmjs.org/ kubernetes-mcp-server@0.0.67", 1),
        ("UV_INDEX_URL=https://pypi.org/simple uvx awslabs.eks-mcp-server==0.2.1", 1),
        ("npx kubernetes-mcp-server@0.0.67 --registry https://npm.example.com", 0),
        ("NPM_CONFIG_REGISTRY=https://npm.example.com docker run mcp/grafana:1.2.3", 0),
    ] {
        assert_eq!(known(line), (true, loads), "{line}");
    }
}

#[test]
fn a_registry_that_the_session_sets_counts_for_the_servers_that_it_starts() {
    let servers =
        mcp(r#""command": "npx", "args": ["kubernetes-mcp-server@0.0.67", "--read-only"]"#);
    let settings =
        r#"{"env": {"CLAUDE_CODE_X": "1", "npm_config_registry": "https://npm.example.com"}}"#;
    let layer = layer_of([(".mcp.json", servers.as_str()), (".claude/settings.json", settings)]);
    assert!(!capability(&layer, "k8s: any tool").effect_known);
}

#[test]
fn the_image_is_the_first_word_after_run_that_is_no_option_nor_its_value() {
    let digest = format!("a/b@sha256:{}", "0".repeat(64));
    for (line, expected) in [
        ("docker run -i --rm a/b:1.2.3", (image("a/b"), exact("1.2.3"))),
        ("docker run -it -e A=b -v /x:/y --network host -p 1:1 a/b", (image("a/b"), Pin::Absent)),
        ("podman run --env-file .env --name kube a/b:latest", (image("a/b"), floating("latest"))),
        (
            "docker --context prod run --rm localhost:5000/a/b:v1.2.3 stdio",
            (image("localhost:5000/a/b"), exact("v1.2.3")),
        ),
        (&format!("docker run {digest}"), (image("a/b"), Pin::Digest)),
    ] {
        assert_eq!(launch(line), expected, "{line}");
    }
}

#[test]
fn another_entry_point_makes_an_image_another_program() {
    let (program, pin) = launch("docker run --entrypoint sh a/b:1.2.3 -c id");
    assert_eq!((program, pin), (Program::Opaque("another program of an image"), exact("1.2.3")));
}

#[test]
fn a_shell_around_a_launcher_hides_what_runs() {
    let text = mcp(
        r#""command": "bash", "args": ["-lc", "npx -y kubernetes-mcp-server@0.0.67 --read-only"]"#,
    );
    let config = config_of(".mcp.json", &text);
    let Transport::Stdio(launch) = &config.servers[0].transport else { panic!("stdio") };
    assert_eq!(launch.program, Program::Opaque("a shell command"));
    assert!(launch.arguments.is_empty());
}

#[test]
fn a_script_below_node_modules_is_its_package_and_any_other_is_not() {
    assert_eq!(launch("node /x/node_modules/@a/b/dist/i.js"), (npm("@a/b"), Pin::Installed));
    assert_eq!(launch("node ./kubernetes-mcp-server.js").0, Program::Opaque("a script"));
}

#[test]
fn a_program_of_the_machine_has_no_version_here() {
    let binary = |name: &str| (Program::Binary(name.to_owned()), Pin::Installed);
    assert_eq!(
        launch("/usr/local/bin/kubernetes-mcp-server --read-only"),
        binary("kubernetes-mcp-server")
    );
    assert_eq!(launch("C:\\tools\\azmcp.EXE server start"), binary("azmcp"));
}

#[test]
fn a_whole_command_line_may_stand_in_command() {
    let config = config_of(".mcp.json", &mcp(r#""command": "npx -y a-server@1.2.3""#));
    let Transport::Stdio(launch) = &config.servers[0].transport else { panic!("stdio") };
    assert_eq!(launch.program, npm("a-server"));
    let config = config_of(".mcp.json", &mcp(r#""command": "/opt/My Tools/azmcp""#));
    let Transport::Stdio(launch) = &config.servers[0].transport else { panic!("stdio") };
    assert_eq!(launch.program, Program::Binary("azmcp".to_owned()));
}

#[test]
fn launchers_within_launchers_end_somewhere() {
    let line = format!("{}npx a-server", "env A=b ".repeat(50));
    let text = mcp(&format!(r#""command": "{line}""#));
    let config = config_of(".mcp.json", &text);
    let Transport::Stdio(launch) = &config.servers[0].transport else { panic!("stdio") };
    assert!(matches!(launch.program, Program::Npm(_) | Program::Opaque(_)));
}

#[test]
fn a_restriction_behind_a_bare_pair_of_dashes_does_not_count() {
    let gate = |args: &str| {
        let text = mcp(&format!(r#""command": "npx", "args": [{args}]"#));
        capability(&layer_of([("servers.json", text.as_str())]), "k8s: pods_delete").gate.kind
    };
    assert_eq!(gate(r#""kubernetes-mcp-server@0.0.67", "--read-only""#), GateKind::Deny);
    assert_ne!(gate(r#""kubernetes-mcp-server@0.0.67", "--", "--read-only""#), GateKind::Deny);
    assert_eq!(gate(r#""--", "kubernetes-mcp-server@0.0.67", "--read-only""#), GateKind::Deny);
}

#[test]
fn npm_exec_hands_on_what_stands_behind_its_dashes_alone() {
    let gate = |args: &str| {
        let text = mcp(&format!(r#""command": "npm", "args": ["exec", {args}]"#));
        capability(&layer_of([("servers.json", text.as_str())]), "k8s: pods_delete").gate.kind
    };
    assert_eq!(gate(r#""kubernetes-mcp-server@0.0.67", "--", "--read-only""#), GateKind::Deny);
    assert_ne!(gate(r#""kubernetes-mcp-server@0.0.67", "--read-only""#), GateKind::Deny);
    assert_eq!(
        gate(r#""-y", "--", "kubernetes-mcp-server@0.0.67", "--read-only""#),
        GateKind::Deny
    );
}
#[test]
fn a_version_that_is_a_place_or_another_name_is_not_the_package_that_it_stands_behind() {
    for line in [
        "npx -y kubernetes-mcp-server@https://example.com/it.tgz --read-only",
        "npx -y kubernetes-mcp-server@github:somebody/else",
        "npx -y kubernetes-mcp-server@somebody/else#main",
        "npx -y kubernetes-mcp-server@file:../it",
    ] {
        assert_eq!(launch(line).0, Program::Opaque("a package from a URL or a folder"), "{line}");
    }
    assert_eq!(
        launch("npx -y kubernetes-mcp-server@npm:other@1.2.3"),
        (npm("other"), exact("1.2.3"))
    );
}

#[test]
fn beside_packages_a_launcher_runs_what_it_is_told() {
    assert_eq!(
        launch("npx -y -p kubernetes-mcp-server@0.0.67 bash -c ls").0,
        Program::Opaque("a shell command")
    );
    assert_eq!(launch("npx -p kubernetes-mcp-server npx -y other@1.2.3").0, npm("other"));
    assert_eq!(
        launch("npx -p kubernetes-mcp-server -p other other").0,
        Program::Opaque("a program of one of several packages")
    );
    assert_eq!(
        launch("uvx --from kubernetes-mcp-server sh -c ls").0,
        Program::Opaque("a shell command")
    );
    let evaluates = "node -e require('/srv/node_modules/kubernetes-mcp-server/index.js')";
    assert_eq!(launch(evaluates).0, Program::Opaque("a script"));
}
