//! References to container images
//! (<https://github.com/distribution/reference>).

/// `[registry/]path[:tag][@digest]`, in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageRef<'a> {
    /// As written, without tag and digest.
    pub name: &'a str,
    /// What stands behind the colon.
    pub tag: Option<&'a str>,
    /// What stands behind the at sign.
    pub digest: Option<&'a str>,
}

impl<'a> ImageRef<'a> {
    /// The parts of any text; whether it is a reference is not asked.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let (name, digest) =
            text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
        match name.rsplit_once(':') {
            // A colon before the last slash is that of a registry's port.
            Some((name, tag)) if !tag.contains('/') => Self { name, tag: Some(tag), digest },
            _ => Self { name, tag: None, digest },
        }
    }

    /// The name without what Docker Hub's images may leave out.
    #[must_use]
    pub fn familiar(&self) -> &'a str {
        let name = self.name.strip_prefix("docker.io/").unwrap_or(self.name);
        name.strip_prefix("library/").unwrap_or(name)
    }

    /// The name without its registry.
    #[must_use]
    pub fn repository(&self) -> &'a str {
        let path = match self.name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
            _ => self.name,
        };
        path.strip_prefix("library/").unwrap_or(path)
    }

    /// The last word of the name: `postgres` of `docker.io/library/postgres:16`.
    #[must_use]
    pub fn last_word(&self) -> &'a str {
        self.name.rsplit_once('/').map_or(self.name, |(_, last)| last)
    }

    /// Whether it is of this repository, below any registry and any mirror's
    /// prefix, in any case.
    #[must_use]
    pub fn is_of(&self, repository: &str) -> bool {
        let mut own = self.name.rsplit('/');
        repository
            .rsplit('/')
            .all(|wanted| own.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::ImageRef;

    #[test]
    fn an_image_is_known_by_its_last_word() {
        for image in [
            "postgres",
            "postgres:16",
            "docker.io/library/postgres:16@sha256:abc",
            "registry.example.com:5000/db/postgres",
        ] {
            assert_eq!(ImageRef::parse(image).last_word(), "postgres", "{image}");
        }
        let exporter = ImageRef::parse("quay.io/prometheuscommunity/postgres-exporter:v1");
        assert_eq!(exporter.last_word(), "postgres-exporter");
    }

    #[test]
    fn a_port_is_no_tag() {
        let image = ImageRef::parse("localhost:5000/acme/agent:1@sha256:00");
        assert_eq!(image.name, "localhost:5000/acme/agent");
        assert_eq!((image.tag, image.digest), (Some("1"), Some("sha256:00")));
        assert_eq!(image.repository(), "acme/agent");
        assert_eq!(ImageRef::parse("localhost:5000/agent").tag, None);
    }

    #[test]
    fn docker_hub_s_names_have_three_spellings() {
        for image in ["redis", "library/redis", "docker.io/library/redis"] {
            assert_eq!(ImageRef::parse(image).familiar(), "redis", "{image}");
        }
    }

    #[test]
    fn a_repository_is_met_by_whole_words() {
        assert!(ImageRef::parse("registry.corp/mirror/ACME/agent:1").is_of("acme/agent"));
        assert!(!ImageRef::parse("evilacme/agent").is_of("acme/agent"));
        assert!(!ImageRef::parse("agent").is_of("acme/agent"));
    }
}
