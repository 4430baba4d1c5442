//! Whether people were told, and answered.

use jiff::SignedDuration;

use super::{Figure, all_changes, note_count, note_share, places, share};
use crate::{
    assess::overseen::Overseen,
    model::{activity::Notification, fact::Facts, location::Location},
    privilege::oversight::{
        Approval, Change, Message, Notified, Strength, notifications::ANSWERED_WITHIN,
    },
};

pub(super) fn collect(overseen: &Overseen<'_, '_>, facts: &mut Facts) {
    note_share(facts, "notifications.timelyRatio", timely(overseen));
    note_share(facts, "notifications.acknowledgedRatio", acknowledged(overseen));
    note_count(facts, "notifications.p95Seconds", delay(overseen));
    note_count(facts, "notifications.testAgeDays", test_age(overseen));
}

fn records_gap(overseen: &Overseen<'_, '_>) -> Option<String> {
    let rows = &overseen.records.activity().records.notifications;
    if rows.is_empty() {
        let none = "no log that was read records notifications";
        return Some(match overseen.records.calls.messages().count() {
            0 => none.to_owned(),
            sent => format!("{none}; what {sent} messages of its own tools told is not on record"),
        });
    }
    overseen.records_gap(rows, |notification| notification.time)
}

/// Changes that no person approved, where it is known which these are.
fn autonomous<'o, 'a, 's>(
    overseen: &'o Overseen<'a, 's>,
) -> Result<Vec<&'o Change<'a, 's>>, String> {
    let all = all_changes(overseen)?;
    let autonomous: Vec<_> =
        all.into_iter().filter(|own| !matches!(own.approval, Approval::Given { .. })).collect();
    if autonomous.is_empty() {
        return Err("it changed nothing on its own within the window".to_owned());
    }
    Ok(autonomous)
}

/// Share of changes that were told in full within five minutes.
fn timely(overseen: &Overseen<'_, '_>) -> Figure<f64> {
    let changes = autonomous(overseen)?;
    if let Some(gap) = records_gap(overseen) {
        return Err(gap);
    }
    let mut timely = 0;
    let mut late = Vec::new();
    for change in &changes {
        match change.notified.map(|told| (told.is_timely(), told)) {
            Some((Some(true), _)) => timely += 1,
            Some((None, told)) if !told.is_sure => return Err(either(&told)),
            Some((None, told)) => {
                return Err(format!(
                    "whether the message at {} told what, why, the target and the way back is not \
                     on record",
                    told.message.place()
                ));
            }
            Some((Some(false), _)) | None => match change.approval {
                // It may need no message.
                Approval::Open(open) => {
                    let (action, place) = (&change.row.action, &change.row.place);
                    return Err(format!("{action} ({place}): {}", open.as_str()));
                }
                Approval::Missing(..) | Approval::Given { .. } => late.push(*change),
            },
        }
    }
    share(timely, changes.len())
        .map(|share| (share, places(late)))
        .ok_or_else(|| "it changed nothing on its own within the window".to_owned())
}

/// That a message may have come before its change, or be about another.
fn either(told: &Notified<'_>) -> String {
    format!(
        "whether the message at {} is about the change, and came after it, is not known",
        told.message.place()
    )
}

/// Messages that name changes of the agent, where all are known.
fn told<'o, 'a, 's>(
    overseen: &'o Overseen<'a, 's>,
) -> Result<Vec<(&'o Change<'a, 's>, Notified<'a>)>, String> {
    let told: Vec<_> = all_changes(overseen)?
        .into_iter()
        .filter_map(|change| {
            let told = change.notified.filter(|told| told.strength == Strength::Exact)?;
            Some((change, told))
        })
        .collect();
    let calls = &overseen.records.activity().records.tool_calls;
    // Records of messages and of calls lie in the same logs.
    let gap = if told.iter().any(|(_, told)| matches!(told.message, Message::Called(_))) {
        overseen.records_gap(calls, |call| call.time)
    } else {
        records_gap(overseen)
    };
    match gap {
        Some(gap) => Err(gap),
        None if told.is_empty() => Err("no message names a change of it".to_owned()),
        None => match told.iter().find(|(_, told)| !told.is_sure) {
            Some((_, told)) => Err(either(told)),
            None => Ok(told),
        },
    }
}

/// Share of messages that a person answered within a day, or whose change one put back.
/// A message of the last day of the log may still be answered.
fn acknowledged(overseen: &Overseen<'_, '_>) -> Figure<f64> {
    let told = told(overseen)?;
    let logs = overseen.records.activity().logs.values();
    let end = logs.filter_map(|log| log.window).map(|window| window.last).max();
    let mut due = 0;
    let mut answered = 0;
    let mut open: Vec<Location> = Vec::new();
    for (change, told) in &told {
        if change.is_acknowledged(overseen.who) {
            due += 1;
            answered += 1;
            continue;
        }
        let message = match told.message {
            Message::Recorded(record) => record,
            message @ (Message::Called(_) | Message::Published(_)) => {
                let place = message.place();
                return Err(format!(
                    "whether anybody answered the message at {place} is not on record"
                ));
            }
        };
        let sent = told.message.told();
        let may_come =
            sent.zip(end).is_none_or(|(sent, end)| end.duration_since(sent) < ANSWERED_WITHIN);
        if !may_come {
            due += 1;
            open.push(message.place.clone());
        }
    }
    share(answered, due)
        .map(|share| (share, open))
        .ok_or_else(|| "no message of it is a day old".to_owned())
}

/// Time within which 95 of 100 messages arrived, by the nearest rank.
fn delay(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    let told = told(overseen)?;
    let mut delays: Vec<SignedDuration> = told.iter().map(|(_, told)| told.delay).collect();
    delays.sort_unstable();
    let rank = (delays.len() * 95).div_ceil(100).saturating_sub(1);
    let delay = delays.get(rank).copied().unwrap_or_default();
    let seconds = u64::try_from(delay.as_secs()).unwrap_or(0) + u64::from(delay.subsec_nanos() > 0);
    Ok((seconds, Vec::new()))
}

/// Days since a test message was seen to arrive.
fn test_age(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    let its = |message: &&Notification| {
        message.about.agent.as_deref().is_none_or(|name| overseen.who.is_called(name))
    };
    let rows = &overseen.records.activity().records.notifications;
    let arrived = rows.iter().filter(|message| message.test).filter(its).filter_map(|message| {
        let arrived = message.delivered.or(message.acknowledged)?;
        Some((u64::try_from(overseen.days_since(arrived)?).ok()?, message))
    });
    let (days, message) = arrived
        .min_by_key(|(days, _)| *days)
        .ok_or_else(|| "no test message is on record that arrived".to_owned())?;
    Ok((days, vec![message.place.clone()]))
}
