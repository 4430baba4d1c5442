//! Azure Monitor, for AKS: diagnostic records as storage accounts and event hubs get them
//! (`{"category":"kube-audit","properties":{"log":"…"}}`, one a line or in `records`), and
//! rows of Log Analytics, of the tables AKSAudit and AKSAuditAdmin and of AzureDiagnostics,
//! as `az monitor` prints them and as its API answers.
//!
//! AKSAudit has no column for the identity that a request assumed: such a request counts
//! for whoever assumed it.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Around, Contents, Envelope, Item, Items, Outline};
use crate::{
    model::{
        activity::{Defect, LogOrigin},
        capability::Plane,
    },
    scan::activity::{
        Format,
        text::Text,
        trouble::defect_of,
        unique::{Unique, object},
    },
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "azure-monitor",
    plane: Plane::Kubernetes,
    words: &["category", "AuditId", "log_s"],
    recognise,
    open,
    close: |_: &Around, _| {},
};

fn recognise(outline: &Outline) -> Option<Items> {
    let record = |at: &str| {
        let has = |member: &str| outline.has(&format!("{at}{member}"));
        has("category") && has("properties/log")
    };
    let row = (outline.has("AuditId") && outline.has("Verb") && outline.has("Stage"))
        || (outline.has("log_s") && outline.has("Category"));
    if record("records[]/") {
        Some(Items::Under(&["records"]))
    } else if outline.has("tables[]/columns[]/name") && outline.has("tables[]/rows") {
        Some(Items::Under(&["tables"]))
    } else {
        (record("") || row).then_some(Items::Values)
    }
}

/// What an item may be.
#[derive(Deserialize)]
struct Entry<'a> {
    // Of a diagnostic record.
    #[serde(borrow, default)]
    category: Option<Text<'a>>,
    #[serde(borrow, default, rename = "resourceId", alias = "_ResourceId", alias = "ResourceId")]
    resource: Option<Text<'a>>,
    #[serde(borrow, default)]
    properties: Option<Properties<'a>>,
    // Of AzureDiagnostics.
    #[serde(borrow, default, rename = "Category")]
    row_category: Option<Text<'a>>,
    #[serde(borrow, default, rename = "log_s")]
    row_log: Option<Text<'a>>,
    // Of a table as the API answers it.
    #[serde(default)]
    columns: Option<Vec<Column>>,
    #[serde(default)]
    rows: Option<Vec<Vec<Unique>>>,
}

#[derive(Deserialize)]
struct Properties<'a> {
    #[serde(borrow, default)]
    log: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    let entry = match serde_json::from_str::<Entry<'_>>(item.text) {
        Ok(entry) => entry,
        Err(error) => return contents.defect(defect_of(item.text, &error)),
    };
    if let (Some(columns), Some(rows)) = (entry.columns, entry.rows) {
        let of_audit = |column: &Column| matches!(column.name.as_str(), "AuditId" | "log_s");
        for row in rows {
            if !columns.iter().any(of_audit) {
                contents.foreign();
            } else if row.len() == columns.len() {
                let names = columns.iter().map(|column| column.name.clone());
                let cells = row.into_iter().map(|Unique(cell)| cell);
                let object: Map<_, _> = names.zip(cells).collect();
                if object.len() == columns.len() {
                    open_row(&Value::Object(object).to_string(), contents);
                } else {
                    contents.defect(Defect::NotAnEvent);
                }
            } else {
                contents.defect(Defect::NotAnEvent);
            }
        }
        return;
    }
    let log = entry.properties.and_then(|properties| properties.log).or(entry.row_log);
    let category = entry.category.or(entry.row_category);
    match (category, log) {
        (Some(category), Some(log)) => {
            match &*category {
                "kube-audit" => {}
                // The same without `get` and `list`.
                "kube-audit-admin" => contents.reads_left_out(),
                _ => return contents.foreign(),
            }
            contents.of(entry.resource.as_deref().and_then(cluster));
            contents.surely(&log);
        }
        (Some(category), None) if !category.starts_with("kube-audit") => contents.foreign(),
        _ => open_row(item.text, contents),
    }
}

/// The columns of AKSAudit, by what an event calls them.
const COLUMNS: [(&str, &str); 12] = [
    ("Level", "level"),
    ("AuditId", "auditID"),
    ("Stage", "stage"),
    ("RequestUri", "requestURI"),
    ("Verb", "verb"),
    ("User", "user"),
    ("SourceIps", "sourceIPs"),
    ("UserAgent", "userAgent"),
    ("ObjectRef", "objectRef"),
    ("ResponseStatus", "responseStatus"),
    ("RequestObject", "requestObject"),
    ("Annotations", "annotations"),
];

/// What stands in the place of a request that is too large for a row.
const TOO_BIG: &str = "skipped-too-big-size-object";

/// Opens a row of AKSAudit or AKSAuditAdmin.
fn open_row(text: &str, contents: &mut Contents<'_>) {
    let Ok(row) = object(text) else {
        return contents.defect(Defect::NotAnEvent);
    };
    let text = |name: &str| row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let (Some(category), Some(log)) = (text("Category"), text("log_s")) {
        if category.starts_with("kube-audit") {
            contents.surely(log);
        } else {
            contents.foreign();
        }
        return;
    }
    if !row.contains_key("AuditId") {
        return contents.defect(Defect::NotAnEvent);
    }
    if [text("Type"), text("TableName")].contains(&Some("AKSAuditAdmin")) {
        contents.reads_left_out();
    }
    let mut event = Map::new();
    event.insert("kind".to_owned(), "Event".into());
    event.insert("apiVersion".to_owned(), "audit.k8s.io/v1".into());
    for (column, name) in COLUMNS {
        if let Some(value) = row.get(column).and_then(cell) {
            event.insert(name.to_owned(), value);
        }
    }
    // The log does not hold the request that its level promises.
    if text("RequestObject") == Some(TOO_BIG) {
        event.insert("level".to_owned(), "Metadata".into());
    }
    for (column, name) in [
        ("RequestReceivedTime", "requestReceivedTimestamp"),
        ("StageReceivedTime", "stageTimestamp"),
    ] {
        if let Some(time) = text(column).or_else(|| text("TimeGenerated")) {
            event.insert(name.to_owned(), time.into());
        }
    }
    contents.of(text("_ResourceId").and_then(cluster));
    contents.surely(&Value::Object(event).to_string());
}

/// What a cell holds: JSON may stand in it as text, and an empty one is none.
fn cell(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) if text.starts_with(['{', '[']) => {
            // What cannot be read stays text, which no member is.
            Some(serde_json::from_str(text).map_or_else(|_| value.clone(), |Unique(inner)| inner))
        }
        Value::String(text) if text == TOO_BIG => None,
        value => Some(value.clone()),
    }
}

/// The cluster that a resource's id names.
fn cluster(resource: &str) -> Option<LogOrigin> {
    let resource = resource.to_ascii_lowercase();
    resource.contains("/managedclusters/").then_some(LogOrigin::Aks(resource))
}
