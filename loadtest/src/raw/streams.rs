//! Streams beside the real ones, configured alike, under subjects of their own; and what those subjects are.

use anyhow::Context as _;
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context};

use super::Args;

/// What is put before the names of streams.
const NAME: &str = "raw-";
/// The first token of all subjects of the real streams, and of theirs.
const SUBJECTS: (&str, &str) = ("trib.", "raw.");

/// The copies, which are removed in the end.
#[derive(Debug)]
pub struct Streams {
    jetstream: Context,
    names: Vec<String>,
}

impl Streams {
    /// None is there yet.
    pub async fn connect(nats_url: &str) -> anyhow::Result<Self> {
        let client = async_nats::connect(nats_url).await?;
        Ok(Self { jetstream: jetstream::new(client), names: Vec::new() })
    }

    /// Makes an empty copy of each stream that a change uses.
    pub async fn copy(&mut self, args: &Args) -> anyhow::Result<()> {
        let regional = |region: &String| [format!("desired-{region}"), format!("status-{region}")];
        for real in args.regions.iter().flat_map(regional).chain(["blob".to_owned()]) {
            self.add(&real).await.with_context(|| format!("cannot copy stream {real}"))?;
        }
        Ok(())
    }

    async fn add(&mut self, real: &str) -> anyhow::Result<()> {
        let config = self.jetstream.get_stream(real).await?.cached_info().config.clone();
        let config = copied(config);
        // What a killed run has left behind.
        self.jetstream.delete_stream(&config.name).await.ok();
        let created = self.jetstream.create_stream(config).await?;
        self.names.push(created.cached_info().config.name.clone());
        Ok(())
    }

    pub async fn delete(self) -> anyhow::Result<()> {
        for name in &self.names {
            self.jetstream
                .delete_stream(name)
                .await
                .with_context(|| format!("cannot delete stream {name}"))?;
        }
        Ok(())
    }
}

fn copied(mut config: Config) -> Config {
    config.name = format!("{NAME}{}", config.name);
    config.subjects.iter_mut().for_each(renamed);
    if let Some(republish) = &mut config.republish {
        renamed(&mut republish.source);
        renamed(&mut republish.destination);
    }
    config.description = None;
    // The server's own notes, and the mark of what belongs to Tributary.
    config.metadata.clear();
    config
}

fn renamed(subject: &mut String) {
    let (real, copy) = SUBJECTS;
    if let Some(rest) = subject.strip_prefix(real) {
        *subject = format!("{copy}{rest}");
    }
}

pub fn desired_stream(region: &str) -> String {
    format!("{NAME}desired-{region}")
}

pub fn status_stream(region: &str) -> String {
    format!("{NAME}status-{region}")
}

/// Where a document is written.
pub fn desired(region: &str, location: &str) -> String {
    format!("raw.v1.desired.{region}.{location}")
}

/// Where it is republished, for a location or, as `*`, for all of a region.
pub fn down(region: &str, location: &str) -> String {
    format!("raw.v1.dn.{region}.{location}")
}

/// Where questions come.
pub fn ask(region: &str, location: &str) -> String {
    format!("raw.v1.ask.{region}.{location}")
}

/// Where a location's row is written, as long as a real one.
pub fn status(region: &str, location: &str) -> String {
    format!("raw.v1.status.{region}.{location}.default.load-0")
}

/// What the fence is a condition on.
pub fn lease(region: &str) -> String {
    format!("raw.v1.lease.desired-{region}.{region}")
}

/// Where content is, of one location or the same for all; digests have as many digits.
pub fn blob(location: Option<u32>, number: usize) -> String {
    let location = location.unwrap_or(u32::MAX);
    format!("raw.v1.blob.{location:032x}{number:032x}.0")
}

/// Where content is asked for.
pub fn get_blob(location: Option<u32>, number: usize) -> String {
    format!("$JS.API.DIRECT.GET.{NAME}blob.{}", blob(location, number))
}

#[cfg(test)]
mod tests {
    use async_nats::jetstream::stream::Republish;

    use super::*;

    #[test]
    fn a_copy_differs_in_names_only() {
        let republish = |prefix: &str| Republish {
            source: format!("{prefix}.v1.desired.r0.>"),
            destination: format!("{prefix}.v1.dn.r0.>"),
            headers_only: false,
        };
        let real = Config {
            name: "desired-r0".to_owned(),
            subjects: vec!["trib.v1.desired.r0.>".to_owned(), "trib.v1.lease.desired-r0.>".to_owned()],
            max_messages_per_subject: 1,
            allow_atomic_publish: true,
            republish: Some(republish("trib")),
            ..Config::default()
        };
        let copy = Config {
            name: desired_stream("r0"),
            subjects: vec![desired("r0", ">"), "raw.v1.lease.desired-r0.>".to_owned()],
            republish: Some(republish("raw")),
            ..real.clone()
        };
        assert_eq!(copied(real), copy);
        assert!(lease("r0").starts_with("raw.v1.lease.desired-r0."));
    }
}
