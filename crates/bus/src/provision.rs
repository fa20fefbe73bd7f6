//! Makes the server's streams agree with the topology: creates, updates in place, or refuses. Never deletes one.

use async_nats::jetstream::stream::{Config, Info, PersistenceMode};
use serde_json::json;

use crate::api::from_value;
use crate::{Birth, Bus, Error, Key, Stream, Write, topology};

/// What provisioning did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Created,
    Updated,
    Nothing,
}

impl Bus {
    /// `tributary admin init`: creates the streams that exist once, and the epoch (seconds since 1970 are a good first
    /// one: higher than any before a lost one). Safe to repeat. Returns what it created or updated.
    pub async fn init(&self, first_epoch: u64) -> Result<Vec<String>, Error> {
        let mut made = Vec::new();
        for stream in &topology::SINGLE {
            match self.provision(stream).await?.1 {
                Change::Created => made.push(format!("created stream {stream}")),
                Change::Updated => made.push(format!("updated stream {stream}")),
                Change::Nothing => {}
            }
        }
        let epoch = wire::Epoch { epoch: first_epoch, ..wire::Epoch::default() };
        match self.put(Write::new(Key::Epoch, wire::encode_epoch(&epoch)).expecting(0)).await {
            Ok(_) => made.push(format!("set epoch {first_epoch}")),
            Err(Error::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(made)
    }

    /// Refuses to go on where the truth is missing, or empty beside derived tables that are not; brings the
    /// configuration of the streams that exist once up to date. Every service calls it before it does anything.
    pub async fn check(&self) -> Result<(), Error> {
        let mut missing = Vec::new();
        let mut rows = 0;
        for stream in topology::SINGLE.iter().filter(|stream| stream.is_truth()) {
            match self.info(&stream.name()).await? {
                None => missing.push(stream.name()),
                Some(info) if matches!(stream, Stream::Intent | Stream::Locations) => {
                    rows += info.state.messages
                }
                Some(_) => {}
            }
        }
        if !missing.is_empty() {
            return Err(Error::NoTruth { missing: missing.join(", ") });
        }
        if rows == 0 {
            self.refuse_orphans().await?;
        }
        for stream in &topology::SINGLE {
            self.provision(stream).await?;
        }
        Ok(())
    }

    /// Creates a derived stream if it is missing; says when it was created.
    pub async fn ensure(&self, stream: &Stream) -> Result<Birth, Error> {
        if stream.is_truth() {
            return Err(Error::Invalid(format!(
                "stream {stream} is truth: only `tributary admin init` creates it"
            )));
        }
        let (info, _) = self.provision(stream).await?;
        Ok(birth(&info))
    }

    async fn provision(&self, stream: &Stream) -> Result<(Info, Change), Error> {
        let Some(info) = self.info(&stream.name()).await? else {
            let wanted = topology::config(stream, self.usual_replicas().await?);
            return Ok((self.store_config("CREATE", &wanted).await?, Change::Created));
        };
        let wanted = topology::config(stream, self.replicas.unwrap_or(info.config.num_replicas));
        match difference(&info.config, &wanted) {
            Difference::None => Ok((info, Change::Nothing)),
            Difference::Updatable(config) => self.update(&config).await.map(|info| (info, Change::Updated)),
            Difference::Fixed(difference) => Err(Error::Incompatible { stream: wanted.name, difference }),
        }
    }

    /// Of a new stream.
    async fn usual_replicas(&self) -> Result<usize, Error> {
        if let Some(replicas) = self.replicas {
            return Ok(replicas);
        }
        let truth = self.info(&Stream::Intent.name()).await?;
        Ok(truth.map_or(1, |info| info.config.num_replicas))
    }

    async fn update(&self, config: &Config) -> Result<Info, Error> {
        self.store_config("UPDATE", config).await.map_err(|error| match error {
            Error::Refused { reason, .. } => {
                Error::Incompatible { stream: config.name.clone(), difference: reason }
            }
            other => other,
        })
    }

    async fn store_config(&self, verb: &str, config: &Config) -> Result<Info, Error> {
        let body = json!(config);
        let answer = self.api("configuring", format!("STREAM.{verb}.{}", config.name), &body).await?;
        // "Not found" right after it was found: it was deleted in between.
        let gone = || Error::Unavailable {
            operation: "configuring",
            subject: config.name.clone(),
            reason: "the stream has just vanished".to_owned(),
        };
        from_value(&config.name, answer.ok_or_else(gone)?)
    }

    /// An empty truth is a new installation, or a lost one: derived rows tell which.
    async fn refuse_orphans(&self) -> Result<(), Error> {
        let mut tables = Vec::new();
        for filter in ["trib.v1.desired.>", "trib.v1.status.>", "trib.v1.partial.>", "trib.v1.summary.>"] {
            for name in self.stream_names(filter).await? {
                if self.has_rows(&name, filter).await? {
                    tables.push(name);
                }
            }
        }
        if tables.is_empty() { Ok(()) } else { Err(Error::EmptyTruth { tables: tables.join(", ") }) }
    }

    async fn has_rows(&self, stream: &str, filter: &str) -> Result<bool, Error> {
        let body = json!({ "subjects_filter": filter });
        let info =
            self.api("counting rows", format!("STREAM.INFO.{stream}"), &body).await?.unwrap_or_default();
        Ok(info["state"]["subjects"].as_object().is_some_and(|subjects| !subjects.is_empty()))
    }
}

pub(crate) fn birth(info: &Info) -> Birth {
    let nanos = info.created.unix_timestamp_nanos();
    Birth { created_ns: u64::try_from(nanos).unwrap_or_default() }
}

#[derive(Debug)]
enum Difference {
    None,
    /// The configuration to set: the existing one with our fields.
    Updatable(Box<Config>),
    Fixed(String),
}

/// What has to be done to `existing`. Fields that the topology says nothing about (placement, tags) stay.
fn difference(existing: &Config, wanted: &Config) -> Difference {
    if let Some(fixed) = fixed(existing, wanted) {
        return Difference::Fixed(fixed);
    }
    let mut config = Config {
        description: wanted.description.clone(),
        subjects: wanted.subjects.clone(),
        max_messages: wanted.max_messages,
        max_bytes: wanted.max_bytes,
        max_message_size: wanted.max_message_size,
        num_replicas: wanted.num_replicas,
        duplicate_window: wanted.duplicate_window,
        discard: wanted.discard,
        allow_rollup: wanted.allow_rollup,
        deny_delete: wanted.deny_delete,
        allow_direct: wanted.allow_direct,
        allow_atomic_publish: wanted.allow_atomic_publish,
        compression: wanted.compression.clone(),
        republish: wanted.republish.clone(),
        ..existing.clone()
    };
    config.metadata.extend(wanted.metadata.clone());
    if config == *existing { Difference::None } else { Difference::Updatable(Box::new(config)) }
}

/// What cannot be changed without losing rows, or is a sign that the stream is somebody else's.
fn fixed(existing: &Config, wanted: &Config) -> Option<String> {
    let mode = |config: &Config| config.persist_mode.unwrap_or(PersistenceMode::Default) as u8;
    let foreign = !existing.subjects.iter().any(|subject| wanted.subjects.contains(subject));
    let checks = [
        (foreign, format!("the subjects {:?} instead of {:?}", existing.subjects, wanted.subjects)),
        (existing.storage != wanted.storage, format!("storage {:?}", existing.storage)),
        (existing.retention != wanted.retention, format!("retention {:?}", existing.retention)),
        (mode(existing) != mode(wanted), format!("persist mode {:?}", existing.persist_mode)),
        (
            existing.max_messages_per_subject != wanted.max_messages_per_subject,
            format!("{} messages for each subject instead of 1", existing.max_messages_per_subject),
        ),
        (existing.max_age != wanted.max_age, format!("a maximum age of {:?}", existing.max_age)),
        (
            existing.max_consumers != wanted.max_consumers,
            format!("{} consumers at most", existing.max_consumers),
        ),
        (existing.deny_delete && !wanted.deny_delete, "deletes denied".to_owned()),
        (existing.mirror.is_some() || existing.sources.is_some(), "a mirror or sources".to_owned()),
        (existing.sealed, "a seal".to_owned()),
    ];
    checks.into_iter().find_map(|(differs, what)| differs.then_some(what))
}
