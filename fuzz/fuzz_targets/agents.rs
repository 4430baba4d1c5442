//! Whatever a file is called and holds, its configurations are read the same each time,
//! and judged.
#![no_main]

use std::sync::LazyLock;

use gradus::{
    model::agent_config::AgentConfig,
    privilege::tools::effective,
    rubric::{agents::AgentRisks, servers::ServerRules},
    scan::agents::{join, read},
};
use gradus_fuzz::{documents, file};
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<(ServerRules, AgentRisks)> = LazyLock::new(|| {
    (ServerRules::load().expect("it is built in"), AgentRisks::load().expect("it is built in"))
});

fuzz_target!(|input: &[u8]| {
    let (path, bytes) = file(input);
    let mut configs: Vec<AgentConfig> = Vec::new();
    for document in documents(&path, bytes) {
        let reading = read(&document, &path);
        assert_eq!(reading, read(&document, &path));
        configs.extend(reading.into_iter().flat_map(|reading| reading.configs));
    }
    join(&mut configs, None);
    let configs: Vec<&AgentConfig> = configs.iter().collect();
    let (servers, risks) = &*RULES;
    let layer = effective(&configs, servers, risks);
    assert!(layer.capabilities.is_sorted_by(|a, b| a.id <= b.id));
});
