//! The roles of published charts, judged. Each expectation was worked out by
//! hand from the chart's rules.

use super::{Cluster, texts};

#[test]
fn kagents_controller_mints_tokens_and_reads_every_secret() {
    let assessment = Cluster::of(&["charts/kagent/rendered.yaml"]).assess();
    assert_eq!(assessment.ids(), ["kagent/kagent-controller", "kagent/kagent-tools"]);
    let controller = assessment.agent("kagent/kagent-controller");
    assert_eq!(controller["declared"], false);
    assert_eq!(
        texts(&controller["principals"]),
        ["system:serviceaccount:kagent:kagent-controller"]
    );
    // Its writer role holds create, update, patch and delete on every resource of
    // the core group, and a star there reaches subresources: serviceaccounts/token
    // mints the token of any account. Its getter role reads every Secret.
    assert_eq!(controller["granted"]["beyondLadder"], true);
    let because = texts(&controller["granted"]["because"]);
    for rule in ["K8S-CORE-CREATE", "K8S-CORE-CHANGE"] {
        assert!(because.contains(&rule), "{because:?}");
    }
    let rules = assessment.rules("kagent/kagent-controller");
    for rule in ["K8S-CORE-DELETE", "K8S-PATH-ADMIN", "AGENT-FOUND"] {
        assert!(rules.iter().any(|own| own == rule), "{rule} is not in {rules:?}");
    }
    let worst = &controller["capabilities"][0];
    assert_eq!(worst["effect"], "escalation", "{worst}");
    let grants = texts(&worst["grants"]).join("; ");
    assert!(grants.contains("ClusterRole/kagent-writer-role"), "{grants}");
    // It has no bind, escalate or impersonate: it is no administrator by itself.
    assert!(!rules.iter().any(|rule| rule == "K8S-ADMIN"), "{rules:?}");
}

#[test]
fn kagents_tool_server_is_administrator_by_default() {
    let assessment = Cluster::of(&["charts/kagent/rendered.yaml"]).assess();
    let tools = assessment.agent("kagent/kagent-tools");
    assert_eq!(tools["verdict"], "beyond-ladder");
    assert_eq!(texts(&tools["granted"]["because"]), ["K8S-ADMIN"]);
    let message = assessment.finding("kagent/kagent-tools", "AGENT-FOUND");
    assert!(message.contains("image kagent-dev/kagent/tools"), "{message}");
}

#[test]
fn an_agent_resource_and_what_the_controller_makes_of_it_are_one_agent() {
    let cluster = Cluster::of(&["charts/kagent/rendered.yaml", "charts/kagent/agent.yaml"]);
    let assessment = cluster.assess();
    assert_eq!(
        assessment.ids(),
        ["kagent/k8s-agent", "kagent/kagent-controller", "kagent/kagent-tools"]
    );
    assert_eq!(
        texts(&assessment.agent("kagent/k8s-agent")["principals"]),
        ["system:serviceaccount:kagent:k8s-agent"]
    );
}

#[test]
fn k8sgpts_operator_reaches_everything_through_all_verbs_but_three() {
    let operator = "k8sgpt-operator-system/release-k8sgpt-operator-controller-manager";
    let assessment = Cluster::of(&["charts/k8sgpt-operator/rendered.yaml"]).assess();
    let agent = assessment.agent(operator);
    // Every resource with create, delete, get, list, patch, update and watch, and
    // no bind, escalate or impersonate: tokens, Secrets, pods and webhooks remain.
    assert_eq!(agent["granted"]["beyondLadder"], true);
    assert_eq!(agent["verdict"], "beyond-ladder");
    let message = assessment.finding(operator, "AGENT-FOUND");
    assert!(message.contains("image k8sgpt-ai/k8sgpt-operator"), "{message}");
}

#[test]
fn a_k8sgpt_resource_is_an_agent_whose_account_its_operator_makes() {
    let sample = "k8sgpt-operator-system/k8sgpt-sample";
    let account = "system:serviceaccount:k8sgpt-operator-system:k8sgpt-k8sgpt-operator-system";
    let chart = Cluster::of(&["charts/k8sgpt-operator/rendered.yaml"]);
    let assessment = chart.assess();
    assert_eq!(texts(&assessment.agent(sample)["principals"]), [account]);
    // The account is not in the chart, and what it may do is not known from there.
    assert!(assessment.agent(sample)["granted"]["level"].is_null());

    let running = Cluster::of(&[
        "charts/k8sgpt-operator/rendered.yaml",
        "charts/k8sgpt-operator/running.yaml",
    ]);
    let assessment = running.assess();
    assert_eq!(assessment.ids().len(), 2, "{:?}", assessment.ids());
    let agent = assessment.agent(sample);
    assert_eq!(texts(&agent["principals"]), [account]);
    // It changes nothing, and reads Secrets of which no list is in the evidence.
    assert!(agent["granted"]["level"].is_null(), "{}", agent["granted"]);
    assert_eq!(agent["granted"]["atLeast"], 1);
    assert!(assessment.rules(sample).iter().any(|rule| rule == "K8S-SECRETS"));
}

#[test]
fn one_that_remediates_acts_as_its_operator() {
    let acting = include_str!("../fixtures/agents/k8sgpt/careless.yaml");
    let chart = Cluster::of(&["charts/k8sgpt-operator/rendered.yaml"]);
    let assessment = chart.add("acting.yaml", acting).assess();
    let agent = assessment.agent("shop/watcher");
    let operator =
        "system:serviceaccount:k8sgpt-operator-system:release-k8sgpt-operator-controller-manager";
    assert!(texts(&agent["principals"]).contains(&operator), "{agent}");
    assert_eq!(agent["granted"]["beyondLadder"], true);
    // The operator is that agent, and none beside it.
    let ids = assessment.ids();
    assert!(!ids.iter().any(|id| id.ends_with("controller-manager")), "{ids:?}");
}

#[test]
fn holmesgpt_looks_at_much_and_changes_nothing() {
    let holmes = "holmes/holmes-holmes";
    let assessment = Cluster::of(&["charts/holmesgpt/rendered.yaml"]).assess();
    assert_eq!(assessment.ids(), [holmes]);
    let agent = assessment.agent(holmes);
    assert_eq!(agent["granted"]["level"], 1, "{}", agent["granted"]);
    for capability in agent["capabilities"].as_array().unwrap() {
        assert_eq!(capability["effect"], "read", "{capability}");
        assert_eq!(capability["effectKnown"], true, "{capability}");
    }
    // ConfigMaps and logs, but no Secret and no node proxy.
    let rules = assessment.rules(holmes);
    for rule in ["K8S-SECRETS", "K8S-READ-ALL", "K8S-NODE-PROXY"] {
        assert!(!rules.iter().any(|own| own == rule), "{rules:?}");
    }
    // Nobody answers for it.
    assert_eq!(agent["earned"]["level"], 0);
    assert_eq!(agent["verdict"], "over-extended");
}

#[test]
fn robustas_runner_makes_itself_the_token_of_any_account() {
    let runner = "robusta/robusta-runner";
    let assessment = Cluster::of(&["charts/robusta/rendered.yaml"]).assess();
    assert_eq!(assessment.ids(), [runner]);
    // Its image comes from a mirror that flattens names; its labels are the chart's.
    let message = assessment.finding(runner, "AGENT-FOUND");
    assert!(message.contains("label robustaComponent=runner"), "{message}");
    // It creates Secrets and reads them, and so obtains a token of any account.
    let agent = assessment.agent(runner);
    assert_eq!(agent["granted"]["beyondLadder"], true, "{}", agent["granted"]);
    assert!(texts(&agent["granted"]["because"]).contains(&"K8S-TOKEN-SECRET"));
    let rules = assessment.rules(runner);
    for rule in ["K8S-POD-CREATE", "K8S-EXEC", "K8S-SECRETS"] {
        assert!(rules.iter().any(|own| own == rule), "{rule} is not in {rules:?}");
    }
}
