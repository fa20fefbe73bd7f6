//! One object: as it is, and as it should be.

use std::sync::Arc;

use bytes::Bytes;
use edge::Content;
use model::ObjectKey;
use serde_json::Value;
use wire::bus::{Answer, AskObject};

use super::secret::{self, Shown};
use super::{Site, named};
use crate::sink::{Sink, Task};

impl<S: Sink> Site<S> {
    pub(super) async fn object(&mut self, asked: AskObject) -> Result<Answer, String> {
        let key = self.named(&asked).await?;
        let live = self.live(&key, asked.managed_fields).await?;
        let mut all = [live];
        secret::mask(&key, &mut all, shown(&asked));
        let [live] = all;
        Ok(Answer { live_json: bytes(live), object: Some(named::asked(&key)), ..Answer::default() })
    }

    pub(super) async fn diff(&mut self, asked: AskObject) -> Result<Answer, String> {
        let key = self.named(&asked).await?;
        let live = self.live(&key, asked.managed_fields).await?;
        let desired = self.desired(&key)?;
        let (rehearsed, note) = match &desired {
            Some(manifest) if asked.rehearse && live.is_some() => {
                self.rehearsed(&key, manifest.clone()).await
            }
            _ => (None, String::new()),
        };
        let desired = desired.map(|manifest| parse(&manifest)).transpose()?;
        let mut all = [live, desired, rehearsed];
        secret::mask(&key, &mut all, shown(&asked));
        let [live_json, desired_json, rehearsed_json] = all.map(bytes);
        let object = Some(named::asked(&key));
        Ok(Answer { live_json, desired_json, rehearsed_json, note, object, ..Answer::default() })
    }

    async fn live(&mut self, key: &ObjectKey, managed_fields: bool) -> Result<Option<Value>, String> {
        let live = self.sink.live(key).await.map_err(|error| error.to_string())?;
        let mut live = live.map(|live| parse(&live)).transpose()?;
        if !managed_fields {
            live.as_mut().into_iter().for_each(without_account);
        }
        Ok(live)
    }

    /// The manifest that is to be here; `None`: no placement wants it.
    fn desired(&mut self, key: &ObjectKey) -> Result<Option<Bytes>, String> {
        let wish = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key));
        match wish.map(|wish| wish.content.clone()) {
            None => Ok(None),
            Some(Content::Withheld(reason)) => Err(format!("{key} could not be rendered: {reason}")),
            Some(Content::Manifest(digest)) => {
                let manifest = self.manifest(&digest);
                manifest.map(Some).ok_or_else(|| format!("blob {} of {key} is not here", digest.short()))
            }
        }
    }

    /// What applying the manifest would make of the object; that this cannot be told is no failure.
    async fn rehearsed(&mut self, key: &ObjectKey, manifest: Bytes) -> (Option<Value>, String) {
        let Self { sink, current, .. } = self;
        let wish = current.as_ref().and_then(|current| current.view.wishes.objects.get(key));
        let (Some(wish), key) = (wish, Arc::new(key.clone())) else { return (None, String::new()) };
        match sink.rehearse(Task { key: &key, wish, manifest }).await {
            Ok(Some(rehearsed)) => {
                let mut rehearsed = parse(&rehearsed).ok();
                rehearsed.as_mut().into_iter().for_each(without_account);
                (rehearsed, String::new())
            }
            Ok(None) => (None, String::new()),
            Err(error) => (None, format!("the cluster would not take it as it should be: {error}")),
        }
    }
}

fn shown(asked: &AskObject) -> Shown {
    if asked.secret_data { Shown::Secrets } else { Shown::NoSecrets }
}

fn without_account(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

fn parse(json: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(json).map_err(|error| format!("the object cannot be read: {error}"))
}

fn bytes(object: Option<Value>) -> Bytes {
    object.map(|object| object.to_string().into()).unwrap_or_default()
}
