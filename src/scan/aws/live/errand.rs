//! What is asked, and what came of it: an errand asks one call or several that lead to
//! each other, and the snapshot tells of every call once.

use std::{collections::BTreeMap, future::Future, pin::Pin};

use serde_json::{Map, Value};

use super::{
    calls::Call,
    json::{JsonClient, Question},
    refusal::Refusal,
};
use crate::scan::{
    aws::snapshot::{Listed, Refused, Snapshot, named},
    live::{shown, together},
};

/// What came of one question.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Documents, as the AWS CLI prints them.
    pub(super) items: Vec<Box<[u8]>>,
    /// Principals and policies in them.
    pub(super) objects: usize,
    /// Why they are not all.
    pub(super) refusal: Option<Refusal>,
}

/// One document, or none.
impl From<Result<Value, Refusal>> for Answer {
    fn from(result: Result<Value, Refusal>) -> Self {
        match result {
            Ok(document) => Self::from((document, None)),
            Err(refusal) => Self { refusal: Some(refusal), ..Self::default() },
        }
    }
}

/// One document, and why it is not whole.
impl From<(Value, Option<Refusal>)> for Answer {
    fn from((document, refusal): (Value, Option<Refusal>)) -> Self {
        let text = document.to_string().into_bytes();
        Self { items: vec![text.into()], objects: 1, refusal }
    }
}

/// What came of one question of a call.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) call: &'static Call,
    /// Where; none for services that are the same everywhere.
    pub(super) region: Option<String>,
    /// What it was asked about; none where it was about everything.
    pub(super) object: Option<String>,
    pub(super) answer: Answer,
}

impl Told {
    /// Of a call that is about a whole account.
    pub(super) fn of(call: &'static Call, answer: impl Into<Answer>) -> Self {
        Self { call, region: None, object: None, answer: answer.into() }
    }
}

/// Questions of one subject, on their way; told by the call that they start with.
pub(super) type Errand = (&'static Call, Pin<Box<dyn Future<Output = Vec<Told>> + Send>>);

/// A question of a call to a service that speaks JSON.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) call: &'static Call,
    pub(super) region: Option<String>,
    /// What it is about.
    pub(super) object: Option<String>,
    /// The name of the file that tells whom it was asked about, where no answer does.
    pub(super) name: Option<String>,
    pub(super) question: Question,
    /// What stands in every answer.
    pub(super) key: &'static str,
}

impl Ask {
    /// What is answered, and that for the snapshot.
    pub(super) async fn put(self, client: &JsonClient) -> (Map<String, Value>, Told) {
        let (document, refusal) = client.ask(&self.question, self.key).await;
        let answer = if document.is_empty() {
            Answer { refusal, ..Answer::default() }
        } else {
            let own = Value::Object(document.clone());
            let own = match self.name {
                Some(name) => named(&name, own),
                None => own,
            };
            Answer::from((own, refusal))
        };
        let (call, region, object) = (self.call, self.region, self.object);
        (document, Told { call, region, object, answer })
    }
}

/// What is answered to each, in their order.
pub(super) async fn put_all(
    client: &JsonClient,
    asks: Vec<Ask>,
) -> Vec<(Map<String, Value>, Told)> {
    let about: Vec<_> =
        asks.iter().map(|ask| (ask.call, ask.region.clone(), ask.object.clone())).collect();
    let work = asks.into_iter().map(|ask| {
        let client = client.clone();
        async move { ask.put(&client).await }
    });
    let answers = together(work.collect::<Vec<_>>(), |_| {}).await;
    let missing = |(call, region, object)| {
        let answer = Answer::from(Err(Refusal::Failed));
        (Map::new(), Told { call, region, object, answer })
    };
    about
        .into_iter()
        .zip(answers)
        .map(|(about, own)| own.unwrap_or_else(|| missing(about)))
        .collect()
}

/// Notes all that was told: items in that order, and of each call in each region
/// whether it was answered to its end.
pub(super) fn note(snapshot: &mut Snapshot, told: Vec<Told>) {
    #[derive(Default)]
    struct Call {
        items: u64,
        /// By the reason: what it was asked about.
        refused: BTreeMap<String, Vec<Option<String>>>,
    }
    let mut calls: BTreeMap<(&str, Option<String>), Call> = BTreeMap::new();
    for Told { call, region, object, answer } in told {
        let own = calls.entry((call.action, region)).or_default();
        own.items += u64::try_from(answer.items.len()).unwrap_or(u64::MAX);
        snapshot.items.extend(answer.items);
        if let Some(refusal) = answer.refusal {
            own.refused.entry(refusal.to_string()).or_default().push(object);
        }
    }
    for ((action, region), call) in calls {
        let action = action.to_owned();
        if call.refused.is_empty() {
            snapshot.listed.push(Listed { action, region, items: call.items });
            continue;
        }
        for (reason, objects) in call.refused {
            let objects: Vec<String> = objects.into_iter().flatten().collect();
            let object = (!objects.is_empty()).then(|| shown(&objects));
            let (action, region) = (action.clone(), region.clone());
            snapshot.gaps.push(Refused { action, region, object, reason });
        }
    }
}
