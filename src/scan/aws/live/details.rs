//! The authorization details, page by page.

use aws_sdk_iam::Client;

use super::{errand::Answer, refusal::Refusal, server::Server, shape};

/// Pages of one account; no account that AWS supports has more.
const MOST_PAGES: usize = 20_000;
/// Bytes of what is kept of them.
const MOST_BYTES: usize = 256 << 20;

/// All pages, `page` principals and policies at a time.
pub(super) async fn list(server: &Server, client: &Client, page: i32) -> Answer {
    let mut answer = Answer::default();
    let mut bytes = 0;
    let mut marker: Option<String> = None;
    while answer.items.len() < MOST_PAGES && bytes < MOST_BYTES {
        let question =
            client.get_account_authorization_details().max_items(page).set_marker(marker.clone());
        let output = match server.ask(question.send()).await {
            Ok(output) => output,
            Err(refusal) => return Answer { refusal: Some(refusal), ..answer },
        };
        match shape::page(&output) {
            Ok(item) => {
                bytes += item.text.len();
                answer.objects += item.objects;
                answer.items.push(item.text);
            }
            Err(refusal) => return Answer { refusal: Some(refusal), ..answer },
        }
        let garbage = |reason: &str| Some(Refusal::Garbage(reason.to_owned()));
        let next = output.marker().filter(|next| !next.is_empty());
        match (output.is_truncated(), next) {
            (false, None) => return answer,
            (_, Some(next)) if marker.as_deref() == Some(next) => {
                return Answer { refusal: garbage("every page sends to itself"), ..answer };
            }
            (_, Some(next)) => marker = Some(next.to_owned()),
            (true, None) => {
                return Answer {
                    refusal: garbage("it is cut off, and names no next page"),
                    ..answer
                };
            }
        }
    }
    Answer {
        refusal: Some(Refusal::Garbage("more pages than an account has".to_owned())),
        ..answer
    }
}
