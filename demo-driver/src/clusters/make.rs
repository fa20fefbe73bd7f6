//! Two clusters of the demo's own, ended with it.

use std::time::Instant;

use testbed::{Image, Kubernetes, kubernetes};

use super::{Cluster, Clusters, Life, name};
use crate::application::Application;
use crate::folder::Folder;
use crate::say;
use crate::story::stage::edited_tag;

/// Some pods of the example are placed on nodes of this label alone, in the US.
const MIRROR: &str = "shop.example/registry=mirror-us";

/// What the example's containers listen on, and are probed at.
const PORTS: std::ops::Range<u16> = 8080..8100;

/// As often as the story edits an image, and a few times for the user.
const EDITS: u32 = 9;

/// Makes both at the same time.
pub async fn clusters(folder: &Folder, application: &Application, example: bool) -> anyhow::Result<Clusters> {
    say::title("Two Kubernetes clusters: API server, etcd, controllers and scheduler each (5 to 30 s)");
    let life = life(example);
    let images = if life == Life::Containers { Some(images(application)?) } else { None };
    let (one, two) = tokio::try_join!(
        Box::pin(make(folder, 0, images.as_ref())),
        Box::pin(make(folder, 1, images.as_ref()))
    )?;
    Ok(Clusters { all: vec![one, two], life })
}

/// Containers where there can be any, and says so.
fn life(example: bool) -> Life {
    let reason = match kubernetes::containers() {
        Ok(()) if example => {
            say::line("each has a kubelet and containerd: pods are containers, in namespaces of their own");
            say::line(
                "the example's images are nowhere to be pulled: a stand-in is imported under their names",
            );
            return Life::Containers;
        }
        Ok(()) => "the images of your application may not be there to be pulled".to_owned(),
        Err(missing) => format!("{missing:#}"),
    };
    say::line("kwok plays their nodes: pods become ready as objects, no image is pulled, no container runs");
    say::line(&format!("(why not containers: {reason})"));
    Life::Played
}

/// One image, under every name that the example has or gets.
fn images(application: &Application) -> anyhow::Result<Image> {
    let image = Image::stand_in("tributary.example/stand-in:1", &PORTS.collect::<Vec<_>>())?;
    let image = application.images().into_iter().fold(image, Image::also);
    let edited = (1..=EDITS).map(|edit| Ok(application.next_image(&edited_tag(edit))?.1));
    let edited = edited.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(edited.iter().fold(image, |image, name| image.also(name)))
}

async fn make(folder: &Folder, index: usize, images: Option<&Image>) -> anyhow::Result<Cluster> {
    let started = Instant::now();
    let home = folder.make(&format!("clusters/{}", name(index)))?;
    let options = Kubernetes::options().folder(&home);
    let made = match images {
        Some(images) => {
            let made = options.containers().start().await?;
            made.import(images).await?;
            made
        }
        None => options.nodes(1).start().await?,
    };
    made.kubectl(&["label", "nodes", "--all", MIRROR])?;
    let kubeconfig = made.kubeconfig().to_owned();
    say::line(&format!("{}  {}, ready after {} s", name(index), made.url(), started.elapsed().as_secs()));
    Ok(Cluster::new(folder, index, kubeconfig, Some(made)))
}
