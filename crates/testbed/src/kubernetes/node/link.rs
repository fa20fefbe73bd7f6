//! A network of a node's own, and its link with this machine.

use std::net::Ipv4Addr;
use std::process::Command;

use anyhow::{bail, ensure};

/// So many clusters with containers at once on one machine.
const MOST: u8 = 200;

/// Of 198.18.0.0/15, which is for benchmarks of networks: nobody has machines there.
#[derive(Debug)]
pub(crate) struct Link {
    number: u8,
}

impl Link {
    /// Takes the first number that is free, for the namespaces of a process. Making the interface is what takes it.
    pub(super) fn make(inside: u32) -> anyhow::Result<Link> {
        let mut said = String::new();
        for number in 0..MOST {
            let (here, there, target) = (name(number), peer(number), inside.to_string());
            match ip(&["link", "add", &here, "type", "veth", "peer", "name", &there, "netns", &target]) {
                Ok(()) => {
                    // From here on: what is dropped is deleted.
                    let link = Link { number };
                    return link.set_up(&target).map(|()| link);
                }
                Err(error) => said = format!("{error:#}"),
            }
            if !said.contains("File exists") {
                break;
            }
        }
        bail!("no link to a node could be made: {said}")
    }

    fn set_up(&self, target: &str) -> anyhow::Result<()> {
        let (here, there) = (self.name(), peer(self.number));
        let (host, node) = (self.host().to_string(), self.node().to_string());
        ip(&["address", "add", &format!("{host}/30"), "dev", &here])?;
        ip(&["link", "set", &here, "up"])?;
        enter(target, &["ip", "address", "add", &format!("{node}/30"), "dev", &there])?;
        enter(target, &["ip", "link", "set", &there, "up"])?;
        // The API server reaches pods and services too: webhooks, extensions.
        ip(&["route", "add", &self.pods(), "via", &node])?;
        ip(&["route", "add", &self.services(), "via", &node])?;
        enter(target, &["ip", "route", "add", &self.services(), "via", &host])?;
        self.refuse_unknown_services(target)
    }

    /// What kube-proxy has not taken up yet is refused at once, rather than lost on the way. There is no other route.
    fn refuse_unknown_services(&self, target: &str) -> anyhow::Result<()> {
        let services = self.services();
        for chain in ["FORWARD", "OUTPUT"] {
            for how in [["--protocol", "tcp", "--reject-with", "tcp-reset"].as_slice(), &[]] {
                let rule = ["iptables", "--append", chain, "--destination", &services, "--jump", "REJECT"];
                enter(target, &[&rule, how].concat())?;
            }
        }
        Ok(())
    }

    /// Also of the control groups.
    pub(super) fn name(&self) -> String {
        name(self.number)
    }

    /// This machine, as the node and its pods reach it.
    pub(crate) fn host(&self) -> Ipv4Addr {
        Ipv4Addr::new(198, 18, self.number, 1)
    }

    pub(crate) fn node(&self) -> Ipv4Addr {
        Ipv4Addr::new(198, 18, self.number, 2)
    }

    pub(crate) fn pods(&self) -> String {
        format!("198.19.{}.0/24", self.number)
    }

    pub(crate) fn services(&self) -> String {
        format!("198.18.{}.128/25", self.number)
    }

    /// The service `kubernetes`: the first address.
    pub(crate) fn api_service(&self) -> Ipv4Addr {
        Ipv4Addr::new(198, 18, self.number, 129)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // It goes with the namespaces too, a little later, and until then nobody else has the number.
        ip(&["link", "delete", &self.name()]).ok();
    }
}

fn name(number: u8) -> String {
    format!("testbed-{number}")
}

/// In the node's namespaces.
fn peer(number: u8) -> String {
    format!("machine-{number}")
}

fn ip(args: &[&str]) -> anyhow::Result<()> {
    run(Command::new("ip").args(args))
}

fn enter(target: &str, words: &[&str]) -> anyhow::Result<()> {
    run(Command::new("nsenter").arg(format!("--target={target}")).args(["--net", "--"]).args(words))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.env("PATH", super::PATH).output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
