//! An agent with nothing to do against the real stack: that it is measured, never how much it takes.

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use serde_json::Value;
    use testbed::Process;

    /// Far more than it takes; a run that needs it has failed.
    const SOON: Duration = Duration::from_secs(240);

    #[tokio::test]
    async fn an_idle_agent_is_measured_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let json = folder.path().join("figures.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary-loadtest"));
        command.args(["run", "--locations=2", "--objects=3", "--duration=100ms", "--timeout=60s"]);
        // What comes after it finds the fleet as it was.
        command.args(["--scenario=idle,change"]).arg("--json").arg(&json);
        let mut process = Process::spawn("tributary-loadtest", command, None).unwrap();
        let status = process.ended(SOON).await.unwrap();
        assert!(status.success(), "{status}\n{}", process.output(60));
        let figures: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        for name in ["idle_mb_per_day", "idle_packets", "idle_sent_messages", "idle_millicores"] {
            assert!(figures["idle"][name].is_number(), "{name} is absent");
        }
        assert!(figures["idle"]["idle_rss_mb"].as_f64().unwrap() > 1.0);
        assert_eq!(figures["change"]["lost"], 0);
    }
}
