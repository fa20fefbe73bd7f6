//! Agents on real API servers, as few as there can be: that they are measured, never how long anything takes.

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use serde_json::Value;
    use testbed::Process;

    /// Far more than it takes; a run that needs it has failed.
    const SOON: Duration = Duration::from_secs(240);

    #[tokio::test]
    async fn agents_on_an_api_server_are_measured_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let json = folder.path().join("figures.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary-loadtest"));
        command.args(["run", "--locations=2", "--objects=3", "--duration=1s", "--timeout=60s", "--agents=2"]);
        // What comes after them finds the fleet as it was.
        command.args(["--cluster-objects=12", "--changes=3", "--scenario=kubernetes,cluster,change"]);
        command.arg("--json").arg(&json);
        let mut process = Process::spawn("tributary-loadtest", command, None).unwrap();
        let status = process.ended(SOON).await.unwrap();
        assert!(status.success(), "{status}\n{}", process.output(60));
        let figures: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        let there = |scenario: &str, names: &[&str]| {
            for name in names {
                assert!(figures[scenario][name].is_number(), "{name} of {scenario} is absent");
            }
        };
        there("kubernetes", &["summary_true_s.2", "bare_s.2", "api_cpu_ms_per_agent.2", "agent_rss_mb.2"]);
        there(
            "cluster",
            &["first_applied_s.12", "first_ratio_to_bare.12", "change_p99_s.12", "rest_own_mb.12"],
        );
        // An agent renews its lease, if nothing else.
        assert!(figures["cluster"]["rest_requests_per_minute.12"].as_f64().is_some());
        assert_eq!([&figures["kubernetes"]["lost"], &figures["change"]["lost"]], [0, 0]);
    }
}
