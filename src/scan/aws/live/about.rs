//! What IAM tells about an account as a whole, in one answer each.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_smithy_types::base64;
use serde_json::{Value, json};

use super::{errand::Answer, refusal::Refusal, server::Server};

/// How many there are of everything.
pub(super) async fn summary(server: &Server, client: &Client) -> Answer {
    let ask = async || -> Result<Value, Refusal> {
        let answer = server.ask(client.get_account_summary().send()).await?;
        let map = answer.summary_map().ok_or_else(|| Refusal::lacks("SummaryMap"))?;
        let counts: BTreeMap<&str, i32> =
            map.iter().map(|(key, count)| (key.as_str(), *count)).collect();
        Ok(json!({"SummaryMap": counts}))
    };
    Answer::from(ask().await)
}

/// What people call the account: one name at most.
pub(super) async fn aliases(server: &Server, client: &Client) -> Answer {
    let ask = async || -> Result<Value, Refusal> {
        let answer = server.ask(client.list_account_aliases().send()).await?;
        Ok(json!({"AccountAliases": answer.account_aliases()}))
    };
    Answer::from(ask().await)
}

/// The credential report that there is. None is made: that would be a change.
pub(super) async fn report(server: &Server, client: &Client) -> Answer {
    let ask = async || -> Result<Value, Refusal> {
        let answer = server.ask(client.get_credential_report().send()).await?;
        let content = answer.content().ok_or_else(|| Refusal::lacks("Content"))?;
        let generated = answer.generated_time().map(super::shape::time);
        Ok(json!({
            "Content": base64::encode(content.as_ref()),
            "ReportFormat": "text/csv",
            "GeneratedTime": generated,
        }))
    };
    Answer::from(ask().await)
}
