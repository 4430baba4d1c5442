//! Requests without their other half, as they leave the builder and come back.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{OpenRequests, RequestId};
use crate::scan::activity::builder::part::OpenPart;

impl OpenRequests {
    /// All halves, in a fixed order.
    pub(crate) fn into_parts(self) -> Vec<OpenPart> {
        let mut parts: Vec<OpenPart> = self
            .drain()
            .map(|(id, starts, ends)| {
                let mut starts: Vec<_> = starts
                    .into_iter()
                    .map(|started| (started.path, started.request.line, started.request))
                    .collect();
                starts.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
                let starts = starts.into_iter().map(|(path, _, request)| (path, request)).collect();
                OpenPart { id, starts, ends }
            })
            .collect();
        parts.sort_by_key(|part| part.id);
        parts
    }
}

/// 32 hexadecimal digits.
impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = plain.then(|| u128::from_str_radix(&text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or_else(|| D::Error::custom("no id"))
    }
}
