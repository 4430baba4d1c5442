//! A list, page by page, as long as a server may make it.

use std::collections::BTreeSet;

use rmcp::{
    model::{ErrorCode, PaginatedRequestParams},
    service::ServiceError,
};

use crate::scan::live::{Bounds, Overdue};

/// Pages of one list. A server that has more is no tool server that anybody uses.
const PAGES: usize = 200;

/// Items of one list.
const ITEMS: usize = 10_000;

/// What came of one list.
#[derive(Debug)]
pub(super) struct Listed<T> {
    /// What it holds, as far as it went.
    pub(super) items: Vec<T>,
    /// Why that is not all; none where it is.
    pub(super) broken: Option<String>,
    /// Whether the server says that it has no such list.
    pub(super) refused: bool,
}

impl<T> Listed<T> {
    /// A list that is known to be empty.
    pub(super) fn none() -> Self {
        Self { items: Vec::new(), broken: None, refused: false }
    }
}

/// Asks for one page after the other; `page` asks for the one after a cursor and gives
/// its items with the next cursor.
pub(super) async fn all<T, F>(
    bounds: &Bounds,
    mut page: impl FnMut(Option<PaginatedRequestParams>) -> F,
) -> Listed<T>
where
    F: Future<Output = Result<(Vec<T>, Option<String>), ServiceError>>,
{
    let mut listed = Listed::none();
    let mut seen = BTreeSet::new();
    let mut cursor: Option<String> = None;
    loop {
        let params =
            cursor.take().map(|at| PaginatedRequestParams::default().with_cursor(Some(at)));
        let answer = match bounds.wait(page(params)).await {
            Ok(answer) => answer,
            Err(Overdue::One(time) | Overdue::Whole(time)) => {
                listed.broken = Some(format!("no answer within {} s", time.as_secs_f32()));
                return listed;
            }
        };
        let (items, next) = match answer {
            Ok(page) => page,
            Err(error) => {
                listed.refused = seen.is_empty() && is_unknown(&error);
                listed.broken = Some(reason(&error));
                return listed;
            }
        };
        listed.items.extend(items);
        let Some(next) = next else { return listed };
        listed.broken = if listed.items.len() > ITEMS {
            listed.items.truncate(ITEMS);
            Some(format!("it goes on after {ITEMS} items"))
        } else if seen.len() + 1 >= PAGES {
            Some(format!("it goes on after {PAGES} pages"))
        } else if seen.contains(&next) {
            Some("its pages go round in a circle".to_owned())
        } else {
            None
        };
        if listed.broken.is_some() {
            return listed;
        }
        seen.insert(next.clone());
        cursor = Some(next);
    }
}

fn is_unknown(error: &ServiceError) -> bool {
    matches!(error, ServiceError::McpError(error) if error.code == ErrorCode::METHOD_NOT_FOUND)
}

/// What went wrong, without the server's own words: they may hold anything.
fn reason(error: &ServiceError) -> String {
    match error {
        ServiceError::McpError(error) => format!("it answers with error {}", error.code.0),
        ServiceError::TransportSend(_) => "the request could not be sent".to_owned(),
        ServiceError::TransportClosed => "it ended the connection".to_owned(),
        ServiceError::UnexpectedResponse => "its answer is no such list".to_owned(),
        _ => "it did not answer".to_owned(),
    }
}
