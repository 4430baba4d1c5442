//! `gradus.yaml`, strictly read; without it, discovery.
