//! `permissions.yaml` of Kiro.

use super::{VERSION, capability};
use crate::{
    model::agent_config::{Client, Scope},
    scan::agents::{Format, Reading, path, reader::Reader},
    source::Document,
};

pub(in crate::scan::agents) struct KiroPermissions;

impl Format for KiroPermissions {
    fn id(&self) -> &'static str {
        "kiro-permissions"
    }

    fn title(&self) -> &'static str {
        "Kiro permissions"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        capability::are_rules(document.root.items_at("rules"))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Kiro, scope, document);
        if scope != Scope::User {
            reader.unread_place(
                "Kiro reads permissions from the user's own folder, ~/.kiro/settings, and none \
                 from a repository",
            );
        }
        capability::read(&mut reader, document.root.items_at("rules"), false);
        reader.finish()
    }
}
