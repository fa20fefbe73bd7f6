//! A host of many agents against a real server.

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use bus::{Bus, Key, Options, Stream, Write};
    use model::{
        Adopt, Bundle, BundleObject, Conflict, Deletion, Desired, DesiredPlacement, ObjectKey, Order, Own,
        PlacementKey, Rendered,
    };
    use testbed::{Nats, Process, eventually};

    const SOON: Duration = Duration::from_secs(30);
    const COUNT: usize = 60;
    const REGIONS: [&str; 2] = ["eu", "us"];

    #[tokio::test]
    async fn every_hosted_agent_applies_its_document_and_reports() {
        let nats = Nats::start().await.unwrap();
        let bus = Bus::connect(Options { url: nats.url(), name: "test".into() }).await.unwrap();
        bus.init(1).await.unwrap();
        for region in REGIONS {
            bus.ensure(&Stream::Desired(region.into())).await.unwrap();
            bus.ensure(&Stream::Status(region.into())).await.unwrap();
        }
        publish(&bus, 1).await;
        let mut host = host(&nats);
        host.line(&format!("ready {COUNT}"), SOON).await.unwrap();
        reported(&bus, 1).await;
        publish(&bus, 2).await;
        reported(&bus, 2).await;
        assert!(host.terminate(SOON).await.unwrap().success());
    }

    fn host(nats: &Nats) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary-loadtest"));
        command.args(["host", "--regions=eu,us", "--connections=2", "--heartbeat=1s"]);
        command.args([format!("--count={COUNT}"), format!("--nats-url={}", nats.url())]);
        Process::spawn("tributary-loadtest", command, None).unwrap()
    }

    async fn publish(bus: &Bus, revision: u64) {
        for number in 0..COUNT {
            let region = REGIONS[number % 2].to_owned();
            let key = Key::Desired { region, location: format!("store-{number}") };
            bus.put(Write::new(key, wire::encode_desired(&document(revision), ""))).await.unwrap();
        }
    }

    fn document(revision: u64) -> Desired {
        let key = ObjectKey { kind: "ConfigMap".into(), name: "a".into(), ..ObjectKey::default() };
        let content = Rendered::Inline(format!("{{\"v\":{revision}}}").into());
        let object = BundleObject::new(key, "v1", content);
        let placement = DesiredPlacement {
            placement_uid: "uid".into(),
            placement: PlacementKey { space: "default".into(), name: "cart".into() },
            rollout: revision,
            priority: 0,
            create_time: 0,
            shared: None,
            own: Own::Inline(Bundle { objects: vec![object], template: None }),
            deletion: Deletion::Delete,
            conflict: Conflict::Force,
            adopt: Adopt::IfNoDiff,
            depends_on: Vec::new(),
            patch: None,
        };
        Desired { order: Order { epoch: 1, revision }, placements: vec![placement], moved_to_region: None }
    }

    async fn reported(bus: &Bus, rollout: u64) {
        let look = async || {
            let healthy = healthy(bus, rollout).await;
            if healthy == COUNT {
                Ok(())
            } else {
                Err(format!("{healthy} of {COUNT} report rollout {rollout}"))
            }
        };
        eventually("all agents to report", SOON, look).await.unwrap();
    }

    async fn healthy(bus: &Bus, rollout: u64) -> usize {
        let mut healthy = 0;
        for region in REGIONS {
            let rows = bus.read_all(&Stream::Status(region.into())).await.unwrap();
            let statuses =
                rows.iter().filter_map(|row| Some(wire::decode_status(row.value.as_deref()?).unwrap().0));
            healthy +=
                statuses.filter(|status| status.rollout == rollout && status.phases.healthy == 1).count();
        }
        healthy
    }
}
