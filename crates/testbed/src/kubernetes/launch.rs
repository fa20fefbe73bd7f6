//! How a cluster is started: what has to be there first, and who waits for whom.

use std::net::Ipv4Addr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use anyhow::Context as _;
use tempfile::TempDir;

use super::client::Client;
use super::controllers::Controllers;
use super::node::{KUBELET, Link, Node, PROXY};
use super::options::Options;
use super::port::Port;
use super::users::{ADMIN, Users};
use super::{Kubernetes, api, identity, store};
use crate::reaper;

impl Kubernetes {
    pub(super) async fn launch(mut options: Options) -> anyhow::Result<Kubernetes> {
        let (folder, temporary) = folder(options.folder.take())?;
        let node = if options.containers { Some(Node::start(&folder).await?) } else { None };
        let link = node.as_ref().map(Node::link);
        let port = Port::reserve(link.map_or(Ipv4Addr::LOCALHOST, Link::host), options.port)?;
        let store = Port::reserve(Ipv4Addr::LOCALHOST, None)?;
        identity::prepare(&folder, &addresses(link))?;
        if let Some(link) = link {
            identity::kubelet(&folder, &link.node().to_string())?;
            options.users.extend(users_of_a_node());
        }
        let users = Users::new(&folder, &format!("https://{}", port.address()), &options.users)?;
        let client = Client::new(&port.address(), &folder.join(identity::AUTHORITY))?;
        let etcd = store::start(&folder, &store).await?;
        let mut api = api::start(&folder, &port, &store, &options, link)?;
        api::ready(&mut api, &client, users.token(ADMIN)?).await?;
        let controllers = Controllers::default();
        let mut cluster =
            Kubernetes { controllers, api, etcd, node, client, users, port, store, folder, temporary };
        cluster.enliven(&options).await?;
        Ok(cluster)
    }

    async fn enliven(&mut self, options: &Options) -> anyhow::Result<()> {
        if options.is_bare() {
            return Ok(());
        }
        let kwok = self.node.is_none();
        self.controllers = Controllers::start(&self.folder, self.users.admin(), kwok)?;
        if let Some(node) = &mut self.node {
            node.join(|user| self.users.kubeconfig(user))?;
        }
        self.populate(if kwok { options.nodes } else { 0 }).await
    }
}

/// By which the API server is called where there is a node.
pub(super) fn addresses(link: Option<&Link>) -> Vec<String> {
    link.map(|link| vec![link.host().to_string(), link.api_service().to_string()]).unwrap_or_default()
}

fn users_of_a_node() -> [(String, Vec<String>); 2] {
    [(KUBELET.to_owned(), vec!["system:nodes".to_owned()]), (PROXY.to_owned(), Vec::new())]
}

/// The folder that was asked for, made where it is not there, or one that goes away.
fn folder(asked: Option<PathBuf>) -> anyhow::Result<(PathBuf, Option<TempDir>)> {
    let Some(folder) = asked else {
        let temporary = tempfile::Builder::new().prefix("tributary-kubernetes-").tempdir()?;
        // Of a test that is killed.
        reaper::folder(temporary.path());
        return Ok((temporary.path().to_owned(), Some(temporary)));
    };
    // Keys and tokens are kept in it.
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    Ok((folder.canonicalize()?, None))
}
